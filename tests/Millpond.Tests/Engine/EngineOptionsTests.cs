using Microsoft.Extensions.Options;
using Xunit;

namespace Millpond.Tests.Engine;

public sealed class EngineOptionsTests
{
    [Fact]
    public void Every_fault_is_reported_together()
    {
        var error = Assert.Throws<OptionsValidationException>(() => DbEngine.Create(static options =>
        {
            options.PoolSize = 0;
            options.MaxOverflow = 5_000;
            options.PoolTimeout = TimeSpan.Zero;
            options.CleanupTimeout = TimeSpan.FromHours(1);
            options.SyncCalls = (SyncCalls)9;
            options.Session.Access = (SessionAccess)9;
            options.Session.Retries = 500;
            options.Session.StatementTimeout = TimeSpan.Zero;
        }));
        Assert.Equal(
            "Engine 'default' cannot start: PoolSize is 0; use 1 to 1,000. MaxOverflow is 5000; use 0 to 1,000. PoolTimeout " +
            "is 00:00:00; use more than zero and at most 00:10:00 (hours:minutes:seconds). CleanupTimeout is 01:00:00; use " +
            "more than zero and at most 00:05:00 (hours:minutes:seconds). SyncCalls is 9; use Throw, Warn, Allow. " +
            "Session.Access is 9; use Auto, ReadWrite, ReadOnly, ReadFirst. Session.Retries is 500; use 0 to 100. " +
            "Session.StatementTimeout is 00:00:00; use 00:00:00.0010000 to 1.00:00:00 (hours:minutes:seconds). " +
            "No database is configured; call UseSqlite or UsePostgreSql " +
            "in its options.",
            error.Message);
    }

    [Fact]
    public void Invalid_queue_limits_are_rejected_with_their_range()
    {
        var error = Assert.Throws<OptionsValidationException>(() => DbEngine.Create(static options =>
        {
            options.UseSqlite("sqlite::memory:");
            options.QueueTarget = TimeSpan.Zero;
            options.MaxQueue = 0;
            options.OpenTimeout = TimeSpan.Zero;
        }));
        string[] named = ["QueueTarget is 00:00:00;", "MaxQueue is 0;", "OpenTimeout is 00:00:00;"];
        Assert.All(named, one => Assert.Contains(one, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void The_defaults_are_those_of_the_documentation()
    {
        var options = new EngineOptions();
        Assert.Equal((10, 5, 30.0, 5.0), (
            options.PoolSize, options.MaxOverflow, options.PoolTimeout.TotalSeconds, options.CleanupTimeout.TotalSeconds));
        Assert.Equal((SyncCalls.Throw, true, SessionAccess.Auto), (options.SyncCalls, options.WarmUp, options.Session.Access));
    }

    [Theory]
    [InlineData("sqlite::memory:", "SQLite")]
    [InlineData("Data Source=:memory:", "SQLite")]
    [InlineData("postgresql://ada@host/bank", "PostgreSQL")]
    [InlineData("Host=x;Database=bank", "PostgreSQL")]
    public async Task Of_several_providers_the_scheme_or_the_keywords_select_one(string text, string provider)
    {
        await using var engine = DbEngine.Create(options => Offer(options).ConnectionString = text);
        Assert.Equal(provider, engine.GetSnapshot().Provider);
    }

    [Theory]
    [InlineData("Password=s3cret", "is invalid for")]
    [InlineData("Server=x;Data Source=s3cret", "is invalid for SQLite, PostgreSQL: as SQLite: ")]
    [InlineData("redis://s3cret", "has the unknown scheme 'redis:'; use 'sqlite:', 'postgresql:',")]
    [InlineData(
        "  ",
        "has no connection string (EngineOptions.ConnectionString in code is empty); set ConnectionStrings:default, or pass " +
        "one for SQLite or PostgreSQL in code.")]
    public void An_ambiguous_or_unknown_connection_string_is_reported_without_its_text(string text, string fault)
    {
        var error = Assert.Throws<OptionsValidationException>(
            () => DbEngine.Create(options => Offer(options).ConnectionString = text));
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_databases_in_one_engine_are_rejected()
    {
        var error = Assert.Throws<OptionsValidationException>(() => DbEngine.Create(
            static options => options.UseSqlite("sqlite:a.db").UsePostgreSql("postgresql://host/bank")));
        Assert.Contains(
            "The engine has different connection strings: the one for SQLite in code, the one for PostgreSQL in code.",
            error.Message,
            StringComparison.Ordinal);
    }

    private static EngineOptions Offer(EngineOptions options) => options.UseSqlite().UsePostgreSql();
}
