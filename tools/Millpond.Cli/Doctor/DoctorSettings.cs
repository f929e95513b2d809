using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Millpond.Cli.Doctor;

/// <summary>The arguments of <c>millpond doctor</c>.</summary>
internal sealed class DoctorSettings : CommandSettings
{
    [CommandArgument(0, "<CONNECTION>")]
    [Description("A URL (postgresql://user:password@host/database, sqlite:file) or an ADO.NET connection string.")]
    public string Connection { get; init; } = "";

    [CommandOption("--pool <CONNECTIONS>")]
    [Description("The service's PoolSize.")]
    [DefaultValue(10)]
    public int Pool { get; init; } = 10;

    [CommandOption("--overflow <CONNECTIONS>")]
    [Description("Its MaxOverflow.")]
    [DefaultValue(5)]
    public int Overflow { get; init; } = 5;

    [CommandOption("--workers <COUNT>")]
    [Description("How many processes run it. By default those that are connected now, at least one.")]
    public int? Workers { get; init; }

    [CommandOption("--engine <NAME>")]
    [Description("The name of its engine, so that its own connections do not count as others'.")]
    public string? Engine { get; init; }

    public override ValidationResult Validate() =>
        string.IsNullOrWhiteSpace(Connection) ? ValidationResult.Error("CONNECTION is empty.")
        : Pool is < 1 or > 100_000 ? ValidationResult.Error("--pool must be 1 to 100000.")
        : Overflow is < 0 or > 100_000 ? ValidationResult.Error("--overflow must be 0 to 100000.")
        : Workers is < 1 or > 10_000 ? ValidationResult.Error("--workers must be 1 to 10000.")
        : ValidationResult.Success();
}
