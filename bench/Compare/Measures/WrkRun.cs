using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Millpond.Overload.CommandLine;

namespace Millpond.Compare.Measures;

/// <summary>A run of wrk, with keep-alive clients that wait for each response.</summary>
internal static partial class WrkRun
{
    /// <summary>Runs wrk.</summary>
    /// <exception cref="BenchFailure">wrk is not installed, or a response was not a success.</exception>
    public static async Task<WrkResult> RunAsync(
        Uri address, Workload workload, int clients, TimeSpan time, string folder, CancellationToken cancellationToken)
    {
        var script = Path.Combine(folder, $"{workload.Name}.lua");
        await File.WriteAllTextAsync(script, workload.Script, cancellationToken);
        var seconds = time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "-t1", $"-c{clients}", $"-d{seconds}s", "--latency", "--timeout", "20s", "-s", script,
            new Uri(address, workload.Path ?? "/read").AbsoluteUri,
        ];
        try
        {
            using var process = Process.Start(new ProcessStartInfo("wrk", arguments) { RedirectStandardOutput = true })!;
            var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return Read(text);
        }
        catch (Win32Exception)
        {
            throw new BenchFailure("The load generator is missing: apt-get install -y wrk");
        }
    }

    /// <summary>Parses the output of wrk.</summary>
    public static WrkResult Read(string text)
    {
        if (Failures().Match(text) is { Success: true } failed)
        {
            throw new BenchFailure($"Not every answer was a success: {failed.Value.Trim()}");
        }

        var total = Total().Match(text);
        return total.Success
            ? new WrkResult(
                long.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture),
                Milliseconds(total.Groups[2].Value, total.Groups[3].Value) / 1_000,
                Percentile(text, "50%"),
                Percentile(text, "99%"))
            : throw new BenchFailure($"wrk wrote no result: {text}");
    }

    private static double Percentile(string text, string which)
    {
        var line = Regex.Match(text, $@"^\s+{which}\s+([\d.]+)(us|ms|s|m)\s*$", RegexOptions.Multiline);
        return Milliseconds(line.Groups[1].Value, line.Groups[2].Value);
    }

    private static double Milliseconds(string number, string unit) =>
        double.Parse(number, CultureInfo.InvariantCulture) * unit switch { "us" => 0.001, "ms" => 1, "s" => 1_000, _ => 60_000 };

    [GeneratedRegex(@"(\d+) requests in ([\d.]+)(us|ms|s|m),")]
    private static partial Regex Total();

    [GeneratedRegex(@"(Non-2xx or 3xx responses: \d+|Socket errors: connect [1-9].*|Socket errors: .*timeout [1-9]\d*)")]
    private static partial Regex Failures();
}
