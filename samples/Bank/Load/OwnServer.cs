using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;

namespace Bank.Load;

/// <summary>A bank in its own process, on a free port, by default with a temporary database.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private const string Database = "--ConnectionStrings:bank";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShutdownPatience = TimeSpan.FromSeconds(15);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millpond-load-");
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Process _process;
    private bool _started;
    private Uri? _found;

    private OwnServer(IReadOnlyList<string> options)
    {
        IsTemporary = !options.Contains(Database, StringComparer.OrdinalIgnoreCase);
        _process = new Process { StartInfo = Describe(options), EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Listen(line.Data?.Trim() ?? "");
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.Exited += (_, _) => _address.TrySetCanceled();
    }

    /// <summary>Gets whether the database is deleted with the server.</summary>
    public bool IsTemporary { get; }

    public Uri Address => _address.Task.Result;

    /// <summary>Gets the name of the database provider.</summary>
    public string Provider { get; private set; } = "";

    /// <summary>Starts the server and waits until it accepts requests.</summary>
    /// <exception cref="LoadFailure">The server does not start. The message is the server's own.</exception>
    public static async Task<OwnServer> StartAsync(IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        var server = new OwnServer(options);
        try
        {
            server._started = server._process.Start();
            server._process.BeginOutputReadLine();
            server._process.BeginErrorReadLine();
            await server._address.Task.WaitAsync(Patience, cancellationToken);
            return server;
        }
        catch (Exception fault)
        {
            await server.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            var said = string.Join('\n', server._errors).Trim();
            throw new LoadFailure(said.Length > 0 ? said : $"The bank of this run could not be started: {fault.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_started)
        {
            _process.StandardInput.Close();   // EndOfInput then shuts it down gracefully
            using var limit = new CancellationTokenSource(ShutdownPatience);
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited)
            {
                _process.Kill();
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private ProcessStartInfo Describe(IReadOnlyList<string> options)
    {
        var program = Assembly.GetExecutingAssembly().Location;
        var host = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        string[] first = isHost ? [program] : [];
        string[] temporary = IsTemporary ? [Database, $"sqlite:{Path.Combine(_folder.FullName, "bank.db")}"] : [];
        string[] receipts = ["--Bank:Receipts", Path.Combine(_folder.FullName, "receipts.log")];
        string[] always = ["--urls", "http://127.0.0.1:0", $"--{EndOfInput.Setting}", "true"];
        var start = new ProcessStartInfo(host, [.. first, .. receipts, .. temporary, .. options, .. always])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";   // measures what would run in production
        return start;
    }

    /// <summary>Reads the lines that the bank prints at its start. Later output is ignored.</summary>
    private void Listen(string line)
    {
        var words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["address", var address]:
                _found = new Uri(address);
                break;
            case ["provider", var provider] when _found is not null:
                Provider = provider;
                _address.TrySetResult(_found);
                break;
        }
    }
}
