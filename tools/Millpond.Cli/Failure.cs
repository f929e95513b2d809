using Microsoft.Extensions.Options;
using Spectre.Console.Cli;

namespace Millpond.Cli;

/// <summary>Reports why a command could not run, in one sentence.</summary>
internal static class Failure
{
    /// <summary>Writes the sentence to the error stream.</summary>
    /// <returns>The exit code for wrong usage and for what cannot be reached.</returns>
    public static int Report(Exception error)
    {
        Console.Error.WriteLine(Describe(error));
        return ExitCode.Failed;
    }

    private static string Describe(Exception error) => error switch
    {
        OperationCanceledException => "Cancelled.",
        CommandAppException => $"{OneLine(error.Message)} See millpond --help.",
        DatabaseUnavailableException gone => OneLine(
            $"The database at {gone.Server} cannot be used: {gone.GetBaseException().Message}"),
        OptionsValidationException invalid => OneLine(invalid.Message.Split("cannot start: ", 2)[^1]),
        ArgumentException => OneLine(error.Message.Split(" (Parameter")[0]),
        _ => OneLine(error.Message),
    };

    private static string OneLine(string text)
    {
        var line = string.Join(' ', text.Split([' ', '\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));
        return line.EndsWith('.') || line.EndsWith(']') ? line : line + ".";
    }
}
