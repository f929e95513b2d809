using System.ComponentModel;
using Spectre.Console.Cli;

namespace Millpond.Cli.Top;

/// <summary>The arguments of <c>millpond top</c>.</summary>
internal sealed class TopSettings : CommandSettings
{
    [CommandArgument(0, "<URL>")]
    [Description("The address of the live page: http://localhost:5080/millpond")]
    public string Url { get; init; } = "";

    [CommandOption("--once")]
    [Description("Show the numbers once. Exit code 1 if an engine is in a critical state.")]
    public bool Once { get; init; }

    [CommandOption("--every <DURATION>")]
    [Description("How often to refresh.")]
    [DefaultValue("1s")]
    public string Every { get; init; } = "1s";

    [CommandOption("--header <HEADER>")]
    [Description("A header to send, for pages that require one: \"Authorization: Bearer ...\". Can be repeated.")]
    public string[] Headers { get; init; } = [];
}
