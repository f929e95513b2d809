using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Millpond.IntegrationTests.Telemetry;

/// <summary>Debian's Prometheus, in a temporary folder and on a port of its own, which scrapes one address.</summary>
internal sealed class Prometheus : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly HttpClient _http;

    private Prometheus(DirectoryInfo folder, int port)
    {
        _folder = folder;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _process = Process.Start(new ProcessStartInfo(
            "prometheus",
            [
                $"--config.file={Path.Combine(folder.FullName, "prometheus.yml")}",
                $"--storage.tsdb.path={Path.Combine(folder.FullName, "data")}",
                $"--web.listen-address=127.0.0.1:{port}",
                "--log.level=error",
            ])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardError = true,
        })!;
        _ = _process.StandardError.ReadToEndAsync();
    }

    public static async Task<Prometheus> StartAsync(Uri target, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("millpond-prometheus-");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "prometheus.yml"),
            $$"""
            global:
              scrape_interval: 500ms
              scrape_timeout: 500ms
            scrape_configs:
              - job_name: bank
                static_configs:
                  - targets: ['{{target.Authority}}']
            """,
            cancellationToken);
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var prometheus = new Prometheus(folder, port);
        try
        {
            await prometheus.ReadyAsync(cancellationToken);
            return prometheus;
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }
    }

    /// <summary>Evaluates an expression; returns how many series it has.</summary>
    public async Task<int> CountAsync(string expression, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsync(
            "/api/v1/query", new FormUrlEncodedContent([new("query", expression)]), cancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return answer.GetProperty("status").GetString() == "success"
            ? answer.GetProperty("data").GetProperty("result").GetArrayLength()
            : throw new FormatException($"{expression}: {answer}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task ReadyAsync(CancellationToken cancellationToken)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(30) && !_process.HasExited;)
        {
            try
            {
                using var response = await _http.GetAsync("/-/ready", cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(50, cancellationToken);
        }

        throw new InvalidOperationException("Prometheus did not start.");
    }
}
