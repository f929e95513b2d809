using Millpond.Load.CommandLine;

namespace Millpond.Overload.CommandLine;

/// <summary>The frame of a bench program: its help, Ctrl+C, and exit codes.</summary>
internal static class BenchProgram
{
    /// <summary>Returns the folder of a bench's results, inside the artifacts folder.</summary>
    public static string Results(string name) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../..", name));

    /// <param name="arguments">The command line.</param>
    /// <param name="help">The text of <c>--help</c>.</param>
    /// <param name="run">The bench, which returns its exit code.</param>
    public static async Task<int> RunAsync(string[] arguments, string help, Func<CancellationToken, Task<int>> run)
    {
        if (arguments.Contains("--help"))
        {
            Console.WriteLine(help);
            return 0;
        }

        using var interruption = new Interruption();
        try
        {
            return await run(interruption.Token);
        }
        catch (UsageException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return 2;
        }
        catch (BenchFailure failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return 130;
        }
    }
}
