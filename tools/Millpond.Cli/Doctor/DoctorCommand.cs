using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Cli;
using static System.FormattableString;

namespace Millpond.Cli.Doctor;

/// <summary>Checks whether a pool fits its database server, and what the server and a pooler in between support.</summary>
internal sealed class DoctorCommand : AsyncCommand<DoctorSettings>
{
    private const string Version = "select current_setting('server_version')";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override async Task<int> ExecuteAsync(
        CommandContext context, DoctorSettings settings, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        await using var examined = ExaminedEngine.Create(settings.Connection, settings.Engine);
        try
        {
            return await ExamineAsync(examined, settings, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UsageException(
                Invariant($"{examined.Engine.GetSnapshot().Server} did not answer within {Patience.TotalSeconds} s."));
        }
    }

    private static async Task<int> ExamineAsync(
        ExaminedEngine examined, DoctorSettings settings, CancellationToken cancellationToken)
    {
        var about = examined.Engine.GetSnapshot();
        if (about.Provider == "SQLite")
        {
            if (about.Server != SqliteChecks.Memory && !File.Exists(about.Server))
            {
                throw new UsageException($"There is no file {about.Server}.");
            }

            return await ReportAsync($"SQLite at {about.Server}", SqliteChecks.RunAsync(about.Server, cancellationToken));
        }

        await examined.Engine.WarmUpAsync(cancellationToken);
        var version = await examined.ReadAsync(Version, cancellationToken);
        var began = Stopwatch.GetTimestamp();
        await examined.ReadAsync(Version, cancellationToken);
        return await ReportAsync(
            Invariant($"{about.Provider} {version} at {about.Server}, answers in ") +
            Invariant($"{Stopwatch.GetElapsedTime(began).TotalMilliseconds:0.0} ms"),
            new PostgreSqlChecks(examined, settings).RunAsync(cancellationToken));
    }

    private static async Task<int> ReportAsync(string title, IAsyncEnumerable<Check> checks)
    {
        AnsiConsole.WriteLine(title);
        AnsiConsole.WriteLine();
        var problems = 0;
        await foreach (var check in checks)
        {
            problems += check.State == CheckState.Problem ? 1 : 0;
            Write(check);
        }

        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine(problems switch { 0 => "No problem found.", 1 => "1 problem.", _ => $"{problems} problems." });
        return problems == 0 ? ExitCode.Fine : ExitCode.Problem;
    }

    private static void Write(Check check)
    {
        var color = check.State switch { CheckState.Ok => "green", CheckState.Note => "yellow", _ => "red" };
        var word = check.State.ToString().ToLowerInvariant();
        AnsiConsole.MarkupLine($"  [{color}]{word,-8}[/] {check.Name,-20} {Markup.Escape(check.Text)}");
    }
}
