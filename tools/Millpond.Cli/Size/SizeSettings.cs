using System.ComponentModel;
using Spectre.Console.Cli;

namespace Millpond.Cli.Size;

/// <summary>The arguments of <c>millpond size</c>.</summary>
internal sealed class SizeSettings : CommandSettings
{
    [CommandOption("--rate <PER_SECOND>", isRequired: true)]
    [Description("How many sessions arrive per second.")]
    public double Rate { get; init; }

    [CommandOption("--hold <DURATION>", isRequired: true)]
    [Description("How long a session holds its connection, on average: 20ms, 0.5s.")]
    public string Hold { get; init; } = "";

    [CommandOption("--wait <DURATION>")]
    [Description("How long 99 of 100 sessions may wait for a connection.")]
    [DefaultValue("10ms")]
    public string Wait { get; init; } = "10ms";

    [CommandOption("--idle <SHARE>")]
    [Description("For which share of the hold no command is running: 60%.")]
    [DefaultValue("0")]
    public string Idle { get; init; } = "0";
}
