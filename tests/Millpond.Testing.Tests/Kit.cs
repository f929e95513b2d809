using Npgsql;

namespace Millpond.Testing.Tests;

/// <summary>The server that these tests share, and what they need of it beside the kit.</summary>
internal static class Kit
{
    public const string Schema = """
        create table users (id bigint generated always as identity primary key, name text not null unique);
        create table orders (id bigint generated always as identity primary key, buyer bigint not null references users);
        create table colors (name text primary key);
        insert into colors values ('red'), ('green'), ('blue');
        create sequence tickets;
        """;

    public static Databases Databases { get; } = Databases.PostgreSql(
        DatabaseTemplate.FromSql(Schema), o => (o.MaxDatabases, o.MaxKept) = (8, 0));

    public static Databases Sqlite { get; } = Databases.Sqlite(
        DatabaseTemplate.FromSql("create table users (id integer primary key, name text not null unique)"),
        o => o.MaxKept = 0);

    public static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    /// <summary>Databases of their own, whose messages the test reads.</summary>
    public static Databases Own(ICollection<string> output, string schema = Schema, Action<DatabasesOptions>? configure = null) =>
        Databases.PostgreSql(DatabaseTemplate.FromSql(schema), o =>
        {
            (o.MaxDatabases, o.KeepServerFor) = (1, TimeSpan.Zero);
            o.Output = message =>
            {
                lock (output)
                {
                    output.Add(message);
                }
            };
            configure?.Invoke(o);
        });

    public static Task<int> ExecuteAsync(this TestDatabase database, string sql) =>
        database.Engine.RunAsync((session, token) => session.ExecuteAsync(Sql.Raw(sql), cancellationToken: token), Token);

    public static Task<T> ReadAsync<T>(this TestDatabase database, string sql) => database.Engine.RunAsync(
        (session, token) => session.QuerySingleAsync<T>(Sql.Raw(sql), cancellationToken: token), Token);

    /// <summary>Runs a statement on the server, in the database that its address names or in another one.</summary>
    public static async Task<object?> OnServerAsync(string sql, string? database = null)
    {
        var server = await TestServer.FindAsync(cancellationToken: Token);
        var address = server.Address.For(database ?? server.Address.Database);
        address.Pooling = false;
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }

    public static async Task<bool> ExistsAsync(string name) =>
        await OnServerAsync($"select exists(select from pg_database where datname = '{name}')") is true;

    /// <summary>Waits for something that happens in the background.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await isSo())
        {
            Xunit.Assert.False(limit.IsCancellationRequested, $"It never happened: {what}");
            await Task.Delay(5, Token);
        }
    }
}
