using System.Runtime.CompilerServices;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>What a session allocates, to the byte: a number that grows is a decision, not an accident.</summary>
public sealed class SessionAllocationTests
{
#if DEBUG
    private const long Untouched = 1_208;   // without optimization a state machine is an object even when it never waits
#else
    private const long Untouched = 856;
#endif

    [Fact]
    public async Task S01_A_session_without_commands_allocates_only_itself()
    {
        await using var engine = FakeProvider.CreateEngine(new FakeProvider());
        var options = new DbSessionOptions();
        Use();   // warm
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Use();
        }

        Assert.Equal(Untouched * 1_000, GC.GetAllocatedBytesForCurrentThread() - before);

        void Use()
        {
            var session = engine.OpenSession(options, member: "Use", file: "/src/Untouched.cs", line: 42);
            Assert.True(session.DisposeAsync().IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task S01_An_ended_session_can_be_collected_immediately()
    {
        await using var engine = FakeProvider.CreateEngine(new FakeProvider());
        var connection = Use();
        GC.Collect();
        Assert.False(connection.IsAlive);   // its base class has a finalizer, which would keep it for a collection more

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Use()
        {
            var session = engine.OpenSession();
            var connection = session.Connection;
            Assert.True(session.DisposeAsync().IsCompletedSuccessfully);
            return new WeakReference(connection, trackResurrection: true);
        }
    }
}
