using System.Data;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>A session's own options are checked where it is opened, without any I/O.</summary>
public sealed class SessionOptionsTests
{
    public static TheoryData<DbSessionOptions, string> Wrong() => new()
    {
        { new() { Access = (SessionAccess)9 }, "Access is 9; use Auto, ReadWrite, ReadOnly, ReadFirst." },
        { new() { Mode = (SessionMode)9 }, "Mode is 9; use Transaction, Autocommit." },
        { new() { Retries = -1 }, "Retries is -1; use 0 to 100." },
        { new() { Retries = 101 }, "Retries is 101; use 0 to 100." },
        {
            new() { Timeout = TimeSpan.FromDays(2) },
            "Timeout is 2.00:00:00; use more than zero and at most 1.00:00:00 (hours:minutes:seconds)."
        },
        {
            new() { StatementTimeout = TimeSpan.FromMicroseconds(999) },
            "StatementTimeout is 00:00:00.0009990; use 00:00:00.0010000 to 1.00:00:00 (hours:minutes:seconds)."
        },
        {
            new() { Isolation = IsolationLevel.Chaos },
            "Isolation is Chaos; use ReadUncommitted, ReadCommitted, RepeatableRead, Serializable, Snapshot, or leave it out."
        },
        {
            new() { Isolation = (IsolationLevel)9, Retries = 200 },
            "Isolation is 9; use ReadUncommitted, ReadCommitted, RepeatableRead, Serializable, Snapshot, or leave it out. " +
            "Retries is 200; use 0 to 100."
        },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task An_invalid_option_is_reported_when_the_session_is_opened(DbSessionOptions options, string fault)
    {
        await using var engine = FakeProvider.CreateEngine(new FakeProvider());
        var error = Assert.Throws<ArgumentException>(() => { _ = engine.OpenSession(options); });
        Assert.Equal($"The session options are invalid: {fault} (Parameter 'options')", error.Message);
        await Assert.ThrowsAsync<ArgumentException>(() => engine.RunAsync(
            static (_, _) => Task.CompletedTask, options, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_minimum_and_the_maximum_are_allowed()
    {
        await using var engine = FakeProvider.CreateEngine(new FakeProvider());
        foreach (var options in new DbSessionOptions[]
        {
            new() { Retries = 100, Timeout = TimeSpan.FromTicks(1), StatementTimeout = TimeSpan.FromMilliseconds(1) },
            new() { Timeout = TimeSpan.FromDays(1), StatementTimeout = TimeSpan.FromDays(1) },
            new() { Isolation = IsolationLevel.Unspecified },
        })
        {
            await using var session = engine.OpenSession(options);
        }
    }
}
