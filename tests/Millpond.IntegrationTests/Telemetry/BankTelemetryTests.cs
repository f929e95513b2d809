using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Millpond.IntegrationTests.Bank;
using Xunit;

namespace Millpond.IntegrationTests.Telemetry;

/// <summary>What the sample exports, and that a collector's failure costs it nothing.</summary>
public sealed class BankTelemetryTests : IAsyncDisposable
{
    private readonly SqliteBankDatabase _database = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task The_bank_serves_its_metrics_to_Prometheus()
    {
        await using var process = await BankProcess.ServeAsync(_database.Url);
        using var bank = process.Client();
        await bank.OpenAccountAsync(0);

        var (scrape, wrong) = (await bank.GetAsync("/metrics"), await bank.SendAsync("POST", "/metrics"));

        Assert.Equal(200, scrape.Status);
        Assert.StartsWith("text/plain", scrape.Header("Content-Type"), StringComparison.Ordinal);
        Assert.Matches("(?m)^db_client_connection_limit\\{.*pool_name=\"bank\".*\\} 15$", scrape.Text);
        Assert.Matches("(?m)^millpond_sessions_total\\{.*outcome=\"committed\".*\\} [1-9]", scrape.Text);
        wrong.AssertProblem(405);
    }

    [Fact]
    public async Task The_bank_exports_spans_and_metrics_to_the_collector_of_the_standard_variable()
    {
        await using var collector = await Collector.StartAsync();
        await using var process = await ServeAsync(collector.Address, "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf");
        using var bank = process.Client();
        await bank.OpenAccountAsync(0);

        await collector.ReceivedAsync("/v1/traces", "millpond.session.outcome", Token);
        await collector.ReceivedAsync("/v1/metrics", "db.client.connection.wait_time", Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_collector_that_is_unreachable_or_never_answers_loses_no_request_and_delays_none(bool listens)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);   // connections to it are accepted by the system, and ignored
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        if (!listens)
        {
            silent.Stop();
        }

        await using var process = await ServeAsync(new Uri($"http://127.0.0.1:{port}"));
        using var bank = process.Client();
        var watch = Stopwatch.StartNew();
        var (from, to) = (await bank.OpenAccountAsync(1_000), await bank.OpenAccountAsync(0));
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(201, (await bank.TransferAsync(from, to, 1)).Status);
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));   // an export waits for 10 s
        }

        Assert.Equal(50, await bank.BalanceAsync(to));
        Assert.Equal("", process.Errors);
    }

    private Task<BankProcess> ServeAsync(Uri collector, params string[] more) => BankProcess.ServeAsync(
        _database.Url,
        environment: null,
        [
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector}", "--OTEL_BSP_SCHEDULE_DELAY=100", "--OTEL_METRIC_EXPORT_INTERVAL=100",
            .. more,
        ]);
}
