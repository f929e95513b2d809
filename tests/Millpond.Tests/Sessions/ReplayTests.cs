using Millpond.Connections;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>A first statement that is sent again, and the connection it is sent on.</summary>
public sealed class ReplayTests : VirtualTimeTestBase
{
    [Fact]
    public async Task S19_It_is_sent_again_once_on_a_connection_that_has_given_a_sign_of_life()
    {
        List<string> steps = [];
        Provider.Replay = ReplayKind.FreshConnection;
        Provider.Kind = FailureKind.ConnectionLost;
        Provider.At = step =>
        {
            steps.Add(step);
            return step == "Execute" && steps.Count(static one => one == "Execute") == 1
                ? Task.FromException(new EndOfStreamException())
                : Task.CompletedTask;
        };
        await using var session = Engine(permits: 1, TimeSpan.FromSeconds(2)).OpenSession();

        await RunAsync(session);

        Assert.Equal(["Rent", "Begin", "Execute", "Return", "RentAlive", "Begin", "Execute"], steps);
    }
}
