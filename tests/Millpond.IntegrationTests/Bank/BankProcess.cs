using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Millpond.IntegrationTests.Bank;

/// <summary>The built sample, run as a program of its own, in a folder of its own.</summary>
internal sealed class BankProcess : IAsyncDisposable
{
    /// <summary>The option that has transfers run serializable.</summary>
    public const string Serializable = "--Bank:Serializable=true";

    private const string AddressLabel = "address ";
    private const string ReceiptsFile = "receipts.log";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BankProcess(string[] arguments, string? environment, DirectoryInfo folder, string[]? through = null)
    {
        _folder = folder;
        _process = new Process
        {
            StartInfo = Describe(arguments, environment, folder.FullName, through ?? []),
            EnableRaisingEvents = true,
        };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.Exited += (_, _) =>
            _address.TrySetException(new InvalidOperationException($"The bank ended at once:\n{Output}\n{Errors}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Gets the built program, from the same build as the tests.</summary>
    public static string Program
    {
        get
        {
            // …/bin/<project>/<configuration>
            var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(tests.Parent!.Parent!.FullName, "Bank", tests.Name, "Bank.dll");
        }
    }

    public int Id => _process.Id;

    public string Output => string.Join('\n', _output);

    public string Errors => string.Join('\n', _errors).Trim();

    /// <summary>Gets the file with the receipts, unless the bank was told another.</summary>
    public string Receipts => Path.Combine(_folder.FullName, ReceiptsFile);

    /// <summary>Gets what the operating system has given the process, in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts a bank on a free port and waits until it has said where it serves.</summary>
    public static async Task<BankProcess> ServeAsync(string database, string? environment = null, params string[] more)
    {
        var bank = Launch(["--urls", "http://127.0.0.1:0", "--ConnectionStrings:bank", database, .. more], environment);
        try
        {
            await bank.AddressAsync();
            return bank;
        }
        catch
        {
            await bank.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a bank for whom the permissions of files hold, which they do not for root.</summary>
    public static async Task<BankProcess> ServeOrdinaryAsync(string database)
    {
        var bank = LaunchOrdinary(database);
        await bank.AddressAsync();
        return bank;
    }

    /// <summary>Starts the program as <see cref="ServeOrdinaryAsync"/> does, and waits for nothing.</summary>
    public static BankProcess LaunchOrdinary(string database) => new(
        ["--urls", "http://127.0.0.1:0", "--ConnectionStrings:bank", database],
        environment: null,
        Directory.CreateTempSubdirectory("millpond-bank-"),
        Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"] : []);

    /// <summary>Starts the program and waits for nothing.</summary>
    public static BankProcess Launch(string[] arguments, string? environment = null, Action<DirectoryInfo>? prepare = null)
    {
        var folder = Directory.CreateTempSubdirectory("millpond-bank-");
        prepare?.Invoke(folder);
        return new BankProcess(arguments, environment, folder);
    }

    public Task<Uri> AddressAsync() => _address.Task.WaitAsync(Patience);

    public BankClient Client() => new(_address.Task.Result);

    /// <summary>Sends a signal, such as <c>TERM</c>, to this process and no other.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id.ToString(CultureInfo.InvariantCulture)}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end; returns the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await ExitAsync();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static ProcessStartInfo Describe(string[] arguments, string? environment, string folder, string[] through)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] command = [.. through, host, Program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ASPNETCORE_ENVIRONMENT"] = environment;
        start.Environment["Bank__Receipts"] = Path.Combine(folder, ReceiptsFile);   // beside the program all would write it
        return start;
    }

    /// <summary>What is set around the tests must not reach the program.</summary>
    private static bool IsSetting(string name) =>
        name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.Equals("DOTNET_ENVIRONMENT", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("DOTNET_gc", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Bank__", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Millpond__", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase)
        || name.Equals("URLS", StringComparison.OrdinalIgnoreCase);

    private void Keep(string? line)
    {
        _output.Enqueue(line ?? "");
        if (line?.Trim() is { } text && text.StartsWith(AddressLabel, StringComparison.Ordinal))
        {
            _address.TrySetResult(new Uri(text[AddressLabel.Length..].Trim()));
        }
    }
}
