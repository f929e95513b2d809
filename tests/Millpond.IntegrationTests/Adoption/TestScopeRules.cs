using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

/// <summary>Tests of applications keep a service scope open while they send requests.</summary>
public abstract class TestScopeRules(RequestDatabase database) : RequestTestBase(database)
{
    private const string Count = "select count(*) from users";

    [Fact]
    public async Task S24_An_unmanaged_scope_that_has_read_leaves_the_only_connection_to_a_request_and_sees_its_commit()
    {
        var (site, scopes) = await StartAsync();
        await using var scope = scopes.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<DbSession>();

        Assert.Equal(0, await session.ScalarAsync(Count, Token));
        (await site.Client.PostAsync("/users", null, Token)).EnsureSuccessStatusCode();
        Assert.Equal(1, await session.ScalarAsync(Count, Token));

        await Assert.ThrowsAsync<ReadOnlySessionException>(() => session.RunAsync(GoodInsert, Token));
        Assert.Equal(1, await session.ScalarAsync(Count, Token));   // an error ends its statement only
    }

    [Fact]
    public async Task S24_An_unmanaged_scope_keeps_its_connection_while_its_transaction_is_open()
    {
        var (site, scopes) = await StartAsync();
        await using var scope = scopes.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<DbSession>();

        await using (var transaction = await session.BeginTransactionAsync(Token))
        {
            await session.ScalarAsync(Count, Token);
            Assert.Equal(1, site.Engine.GetSnapshot().InUse);
            await transaction.CommitAsync(Token);
        }

        await NothingHeldAsync(site.Engine);
    }

    [Fact]
    public async Task S24_An_unmanaged_scope_keeps_its_connection_while_that_has_session_state()
    {
        var (site, scopes) = await StartAsync();
        await using (var scope = scopes.CreateAsyncScope())
        {
            var session = scope.ServiceProvider.GetRequiredService<DbSession>();
            session.ResetOnReturn();

            await session.ScalarAsync(Count, Token);

            Assert.Equal(1, site.Engine.GetSnapshot().InUse);
        }

        await NothingHeldAsync(site.Engine);
    }

    private async Task<(TestSite Site, IServiceScopeFactory Scopes)> StartAsync()
    {
        IServiceScopeFactory? scopes = null;
        var site = await StartAsync(
            app =>
            {
                scopes = app.Services.GetRequiredService<IServiceScopeFactory>();
                app.MapPost("/users", static async (DbSession session) =>
                {
                    await session.RunAsync(GoodInsert);
                    return Results.NoContent();
                });
            },
            static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        return (site, scopes!);
    }
}
