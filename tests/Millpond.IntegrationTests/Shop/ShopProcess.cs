using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Net.Client;

namespace Millpond.IntegrationTests.Shop;

/// <summary>The built shop, run as a program of its own, in a folder of its own.</summary>
internal sealed class ShopProcess : IAsyncDisposable
{
    private const string AnyPort = "http://127.0.0.1:0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millpond-shop-");
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource _serves = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ShopProcess(string[] arguments)
    {
        _process = new Process { StartInfo = Describe(arguments, _folder.FullName), EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Keep(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.Exited += (_, _) =>
            _serves.TrySetException(new InvalidOperationException($"The shop ended at once:\n{Output}\n{Errors}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Pages => new(Told("pages"));

    public string Output => string.Join('\n', _output);

    public string Errors => string.Join('\n', _errors).Trim();

    /// <summary>Starts the program on free ports, and waits for nothing.</summary>
    public static ShopProcess Launch(string database, params string[] more) => new(
    [
        "--Kestrel:Endpoints:Pages:Url", AnyPort, "--Kestrel:Endpoints:Grpc:Url", AnyPort,
        "--ConnectionStrings:shop", database, .. more,
    ]);

    /// <summary>Starts a shop and waits until it has said where it serves.</summary>
    public static async Task<ShopProcess> ServeAsync(string database, string mails)
    {
        // One worker: mails go out in the order of their orders.
        var shop = Launch(database, "--Shop:Mails", mails, "--Millpond:shop:BackgroundWorkers", "1");
        try
        {
            await shop._serves.Task.WaitAsync(Patience);
            return shop;
        }
        catch
        {
            await shop.DisposeAsync();
            throw;
        }
    }

    /// <summary>A browser with cookies of its own.</summary>
    public ShopBrowser Browse() => new(Pages);

    public GrpcChannel OpenChannel() => GrpcChannel.ForAddress(Told("gRPC"));

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

    private static ProcessStartInfo Describe(string[] arguments, string folder)
    {
        // …/bin/<project>/<configuration>
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(tests.Parent!.Parent!.FullName, "Shop", tests.Name, "Shop.dll");
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        // Nobody changes its settings while it runs, and a user has but few watchers of files.
        start.Environment["DOTNET_hostBuilder__reloadConfigOnChange"] = "false";
        return start;
    }

    /// <summary>What is set around the tests must not reach the program.</summary>
    private static bool IsSetting(string name) =>
        Array.Exists(
            ["ASPNETCORE_", "DOTNET_ENVIRONMENT", "ConnectionStrings__", "Kestrel__", "Shop__", "Millpond__"],
            prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private string Told(string label) => Array.Find(
        [.. _output.Select(line => line.Trim())], line => line.StartsWith(label + " ", StringComparison.Ordinal))!
            [label.Length..].Trim();

    private void Keep(string line)
    {
        _output.Enqueue(line);
        if (line.Trim().StartsWith("stop ", StringComparison.Ordinal))   // the last line of what it says of itself
        {
            _serves.TrySetResult();
        }
    }
}
