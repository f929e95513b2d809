using LinqToDB.Async;
using LinqToDB.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Millpond.IntegrationTests.Contexts;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>linq2db.EntityFrameworkCore on a session's context, on every database.</summary>
public abstract class LinqToDbContextRules : ContextTestBase
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F03_linq2db_queries_and_writes_with_a_sessions_context_in_its_transaction(bool commits)
    {
        NameVersion();
        await InScopeAsync(async (shop, session) =>
        {
            await shop.BulkCopyAsync([new Customer { Name = "ada" }, new Customer { Name = "bob" }], Token);
            await using (var db = shop.CreateLinqToDBConnection())
            {
                Assert.Equal(2, await AsyncExtensions.CountAsync(LinqToDB.DataExtensions.GetTable<Customer>(db), Token));
            }

            await using var transaction = await shop.Database.BeginTransactionAsync(Token);
            var names = await shop.Customers.OrderBy(static one => one.Name).Select(static one => one.Name).ToLinqToDB()
                .ToListAsyncLinqToDB(Token);
            Assert.Equal(["ada", "bob"], names);
            await transaction.CommitAsync(Token);
            await (commits ? session.CommitAsync(Token) : session.RollbackAsync(Token));
        });
        await InScopeAsync(async (shop, _) => Assert.Equal(
            commits ? 2 : 0, await EntityFrameworkQueryableExtensions.CountAsync(shop.Customers, Token)));
        Assert.Equal(0, Engine.GetSnapshot().SynchronousCalls);
    }

    /// <summary>Names the server's version where linq2db would ask the connection for it.</summary>
    protected abstract void NameVersion();
}
