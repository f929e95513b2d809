using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>What an engine says of synchronous calls of the user's code, which reach it through libraries.</summary>
public sealed class SynchronousContextTests : ContextTestBase
{
    [Fact]
    public async Task S13_A_warning_names_each_user_code_line_and_the_asynchronous_counterpart()
    {
        using var log = new LogBook();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var host = Host(engine: options => (options.SyncCalls, options.LoggerFactory) = (SyncCalls.Warn, loggers));
        await InScopeAsync(
            static (db, session) =>
            {
                for (var i = 0; i < 2; i++)
                {
                    db.Add(new Customer { Name = $"customer {i}" });
                    db.SaveChanges();
                    _ = db.Customers.ToList();
                    _ = db.Customers.Count();
                    _ = db.Customers.AsNoTracking().First(static one => one.Id > 0);
                    _ = string.Join(", ", db.Customers.Select(static one => one.Name));
                    foreach (var one in db.Customers.AsNoTracking())
                    {
                        Assert.NotNull(one);
                    }

                    _ = session.Connection.Query<long>("select 1");
                    using var command = session.Connection.CreateCommand();
                    command.CommandText = "select 1";
                    _ = command.ExecuteScalar();
                    db.Database.BeginTransaction().Dispose();
                }

                return Task.CompletedTask;
            },
            host);

        string[] expected =
        [
            "SaveChanges at|SaveChangesAsync", "ToList at|ToListAsync",
            "a query for one result (Count, First, Any) at|CountAsync, FirstAsync or AnyAsync",
            "a query for one result (Count, First, Any) at|CountAsync, FirstAsync or AnyAsync",
            "a query read as a sequence at|ToListAsync or 'await foreach'",
            "a query read as a sequence at|ToListAsync or 'await foreach'",
            "Query at|QueryAsync", "ExecuteScalar at|ExecuteScalarAsync", "BeginTransaction at|BeginTransactionAsync",
        ];
        var warnings = log.Of(LogLevel.Warning).Where(static line => line.Contains("blocked its thread")).ToList();
        Assert.Equal(expected.Length, warnings.Count);
        Assert.All(warnings.Zip(expected), static pair =>
        {
            var (called, twin) = (pair.Second.Split('|')[0], pair.Second.Split('|')[1]);
            Assert.StartsWith(
                $"Engine 'default': {called} {typeof(SynchronousContextTests).FullName}", pair.First, StringComparison.Ordinal);
            Assert.Contains($"({nameof(SynchronousContextTests)}.cs:", pair.First, StringComparison.Ordinal);
            Assert.Contains($"Use {twin}", pair.First, StringComparison.Ordinal);
        });
        Assert.Equal(warnings.Count, warnings.Distinct().Count());
    }

    [Fact]
    public async Task S13_The_exception_names_the_asynchronous_counterpart_of_the_users_call()
    {
        await InScopeAsync(static (db, _) =>
        {
            Assert.Contains("Await ToListAsync", Refused(() => db.Customers.ToList()), StringComparison.Ordinal);
            Assert.Contains(
                "Await CountAsync, FirstAsync or AnyAsync", Refused(() => db.Customers.Count()), StringComparison.Ordinal);
            Assert.Contains(
                "Await BeginTransactionAsync", Refused(() => db.Database.BeginTransaction()), StringComparison.Ordinal);
            return Task.CompletedTask;
        });

        static string Refused(Func<object> call) => Assert.Throws<SynchronousCallException>(call).Message;
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();
}
