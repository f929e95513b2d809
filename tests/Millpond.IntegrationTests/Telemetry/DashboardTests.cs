using System.Text.Json;
using System.Text.RegularExpressions;
using Millpond.IntegrationTests.Bank;
using Millpond.IntegrationTests.Docs;
using Xunit;

namespace Millpond.IntegrationTests.Telemetry;

/// <summary>The Grafana dashboard shows metrics that exist, by expressions that Prometheus can evaluate.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed partial class DashboardTests
{
    private const string Dashboard = "docs/grafana/millpond.json";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The expressions of the panels, with Grafana's variables replaced.</summary>
    private static IReadOnlyList<string> Expressions
    {
        get
        {
            using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, Dashboard)));
            return
            [
                .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                    .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
                    .Select(static target => target.GetProperty("expr").GetString()!
                        .Replace("$pool", ".*", StringComparison.Ordinal)
                        .Replace("$__rate_interval", "1m", StringComparison.Ordinal)),
            ];
        }
    }

    [Fact]
    [Trait("Needs", "Programs")]
    public async Task Every_expression_of_the_dashboard_has_a_value_for_a_running_bank()
    {
        await using var database = await PostgresBankDatabase.CreateAsync();
        await using var process = await BankProcess.ServeAsync(
            database.Url, environment: null, "--Millpond:bank:PoolSize=1", "--Millpond:bank:MaxOverflow=0");
        using var bank = process.Client();
        await using var prometheus = await Prometheus.StartAsync(bank.Address, Token);
        var missing = Expressions.ToList();
        Assert.InRange(missing.Count, 15, 100);

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (missing.Count > 0 && !patience.IsCancellationRequested)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bank.OpenAccountAsync(0)));   // three of them wait
            List<string> left = [];
            foreach (var expression in missing)
            {
                if (await prometheus.CountAsync(expression, Token) == 0)
                {
                    left.Add(expression);
                }
            }

            missing = left;
        }

        var scrape = (await bank.GetAsync("/metrics")).Text;
        Assert.All(Names(), name => Assert.Contains($"\n{name}{{", scrape, StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    private static IEnumerable<string> Names() => Expressions.SelectMany(static one => Metric().Matches(one))
        .Select(static match => match.Groups[1].Value).Distinct();

    [GeneratedRegex(@"\b([a-z_]+)\{")]
    private static partial Regex Metric();
}
