using Spectre.Console;

namespace Millpond.Load.Reports;

/// <summary>Where a report goes: standard output.</summary>
public static class ReportConsole
{
    private const int KeptColumns = 160;

    /// <summary>As wide as the terminal; where the output is kept, wide enough for a sentence in one line.</summary>
    public static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = KeptColumns;
        }

        return console;
    }
}
