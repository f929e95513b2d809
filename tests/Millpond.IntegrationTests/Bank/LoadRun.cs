using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>The built sample's <c>load</c>, run as a program of its own, with a folder of its own for temporary files.</summary>
internal sealed partial class LoadRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("millpond-test-");
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly Task _reading;

    private LoadRun(string[] arguments)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [BankProcess.Program, "load", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _temporary.FullName,
        };
        foreach (var name in new[] { "TMPDIR", "TMP", "TEMP" })
        {
            start.Environment[name] = _temporary.FullName;
        }

        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    public string Output => _output.ToString();

    public string Errors => _errors.Result.Trim();

    /// <summary>Gets what the run left in the folder for temporary files.</summary>
    public IEnumerable<string> Leftovers => _temporary.EnumerateDirectories("millpond-*").Select(folder => folder.Name);

    public static LoadRun Start(params string[] arguments) => new(arguments);

    /// <summary>Runs it to its end.</summary>
    public static async Task<LoadRun> EndAsync(int exitCode, params string[] arguments)
    {
        var run = Start(arguments);
        var found = await run.ExitAsync();
        if (found != exitCode)
        {
            await using (run)
            {
                Assert.Fail($"Exit code {found}, not {exitCode}:\n{run.Output}\n{run.Errors}");
            }
        }

        return run;
    }

    /// <summary>Where the bank serves that this run loads.</summary>
    public Task<Uri> AddressAsync() => _address.Task.WaitAsync(Patience);

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        await Task.WhenAll(_reading, _errors).WaitAsync(Patience);
        return _process.ExitCode;
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id.ToString(CultureInfo.InvariantCulture)}"]);
        kill.WaitForExit();
    }

    /// <summary>The number in front of these words, in a row of the table.</summary>
    public long Number(string row)
    {
        var found = Regex.Match(Output, $@"^\s*{Regex.Escape(row)}\s+([0-9,]+)\s", RegexOptions.Multiline);
        Assert.True(found.Success, $"No row '{row}':\n{Output}");
        return long.Parse(found.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _temporary.Delete(recursive: true);
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }

            if (AddressInLine().Match(line) is { Success: true } found)
            {
                _address.TrySetResult(new Uri(found.Value));
            }
        }

        _address.TrySetException(new InvalidOperationException($"The run ended without an address: {Output}"));
    }

    [GeneratedRegex("^http://[^ ,]+")]
    private static partial Regex AddressInLine();
}
