using System.Collections.Concurrent;
using System.Diagnostics;
using Millpond.PackageTests.Feed;

namespace Millpond.PackageTests.Programs;

/// <summary>A built web program that runs on free ports.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const string Label = "Now listening on: ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServiceProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(
            new InvalidOperationException($"{start.FileName} ended:\n{string.Join('\n', _output)}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Gets a client of the first address on which the program listens.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>Starts a program in a folder and waits until it listens.</summary>
    public static async Task<ServiceProcess> StartAsync(string folder, string program, params string[] arguments)
    {
        var service = new ServiceProcess(Command.Describe(folder, program, arguments));
        try
        {
            service.Client = new HttpClient { BaseAddress = await service._address.Task.WaitAsync(Patience) };
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        _output.Enqueue(line ?? "");
        if (line?.Split(Label, 2) is [_, var address])
        {
            _address.TrySetResult(new Uri(address.Trim()));
        }
    }
}
