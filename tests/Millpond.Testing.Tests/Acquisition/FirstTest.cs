using Xunit;

namespace Millpond.Testing.Tests.Acquisition;

[Trait("Needs", "PostgreSQL")]
public sealed class FirstTest
{
    private static Databases Databases => Kit.Databases;

    [Fact]
    public async Task A_failed_request_persists_nothing()
    {
        await using var db = await Databases.AcquireAsync();
        await DatabaseExpect.RollsBackAsync<InvalidOperationException>(db, async () =>
        {
            await db.Engine.RunAsync(async (session, ct) =>
            {
                await session.ExecuteAsync($"insert into users(name) values ({"ada"})", ct);
                throw new InvalidOperationException("boom");
            });
        });
        Assert.Equal(0, await db.CountAsync("users"));
    }
}
