using System.Reflection;
using Millpond.Telemetry;
using Xunit;

namespace Millpond.Tests.Telemetry;

public sealed class MetricNamesTests
{
    /// <summary>The pool metrics and attributes of OpenTelemetry's semantic conventions for database clients, in September
    /// 2026: 1.44 with the rename of connection.max to connection.limit.</summary>
    private static readonly string[] Conventions =
    [
        "db.client.connection.count",
        "db.client.connection.create_time",
        "db.client.connection.idle.max",
        "db.client.connection.idle.min",
        "db.client.connection.limit",
        "db.client.connection.pending_requests",
        "db.client.connection.timeouts",
        "db.client.connection.use_time",
        "db.client.connection.wait_time",
        "db.client.connection.pool.name",
        "db.client.connection.state",
        "db.client.operation.duration",
        "db.client.response.returned_rows",
    ];

    private static readonly string[] Names =
    [
        .. typeof(MetricNames).GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(field => (string)field.GetValue(null)!),
    ];

    [Fact]
    public void A_metric_name_follows_the_conventions_or_begins_with_millpond()
    {
        Assert.InRange(Names.Length, 20, 100);
        Assert.All(
            Names.Where(name => name != MetricNames.Source),
            name => Assert.True(Conventions.Contains(name) || name.StartsWith("millpond.", StringComparison.Ordinal), name));
    }

    [Fact]
    public void Names_are_lower_case_words_with_dots_and_underscores_and_each_exists_once()
    {
        Assert.All(Names.Where(name => name != MetricNames.Source), name => Assert.Matches("^[a-z]+([._][a-z]+)*$", name));
        Assert.Distinct(Names);
    }
}
