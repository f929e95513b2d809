using Millpond.Load.CommandLine;

namespace Millpond.Overload.CommandLine;

/// <summary>A bench as a program: its help, its end by Ctrl+C, and its exit codes.</summary>
internal static class BenchProgram
{
    /// <summary>Names the folder of a bench's results: beside what the build makes, wherever it was started.</summary>
    public static string Results(string name) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../..", name));

    /// <param name="arguments">The command line.</param>
    /// <param name="help">What <c>--help</c> shows.</param>
    /// <param name="run">The bench; it returns its exit code.</param>
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
