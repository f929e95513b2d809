namespace Millpond.IntegrationTests.Differential;

/// <summary>Makes rows of steps on a connection out of a seed: the same for each side of a comparison.</summary>
internal static class Steps
{
    private static readonly CancellationToken Cancelled = new(canceled: true);

    private static readonly (string Name, Func<Scene, Task<object?>> Run)[] Known =
    [
        ("insert 1", static scene => ExecuteAsync(scene, "insert into users values (1, 'ada')")),
        ("insert 2", static scene => ExecuteAsync(scene, "insert into users values (2, 'bob')")),
        ("delete", static scene => ExecuteAsync(scene, "delete from users where id = 1")),
        ("count", static scene => ScalarAsync(scene, "select count(*) from users")),
        ("no such table", static scene => ScalarAsync(scene, "select * from nowhere")),
        ("cancelled", static async scene =>
        {
            await CloseAsync(scene);   // beside a reader the bare driver has the server cancel that one, and hangs
            await using var command = scene.Command("insert into users values (3, 'cleo')");
            return await command.ExecuteNonQueryAsync(Cancelled);
        }),
        ("disposed command", static async scene =>
        {
            var command = scene.Command("select count(*) from users");
            await command.DisposeAsync();
            return await Outcome.OfAsync(async () => await command.ExecuteScalarAsync()) is not "";
        }),
        ("open", static async scene =>
        {
            await CloseAsync(scene);

            // Not disposed: SQLite's driver would close the reader with it.
            var command = scene.Command("select 7 as value union all select 8 union all select 9");
            scene.Reader = await command.ExecuteReaderAsync();
            return scene.Reader.FieldCount;
        }),
        ("read", static async scene => scene.Reader is { } reader ? await reader.ReadAsync() : "no reader"),
        ("value", static scene => Task.FromResult<object?>(scene.Reader?.GetValue(0))),
        ("next result", static async scene => scene.Reader is { } reader ? await reader.NextResultAsync() : "no reader"),
        ("close", static scene =>
        {
            scene.Reader?.Close();
            return Task.FromResult<object?>(scene.Reader?.IsClosed);
        }),
        ("dispose reader", static scene =>
        {
            scene.Reader?.Dispose();
            return Task.FromResult<object?>(scene.Reader?.IsClosed);
        }),
        ("close later", static async scene =>
        {
            await (scene.Reader?.CloseAsync() ?? Task.CompletedTask);
            return scene.Reader?.IsClosed;
        }),
        ("begin", static async scene =>
        {
            if (!scene.IsInTransaction)
            {
                await CloseAsync(scene);
                scene.Transaction = await scene.Connection.BeginTransactionAsync();
                scene.IsInTransaction = true;
                scene.IsAborted = false;
            }

            return scene.Transaction?.Connection is not null;
        }),
        ("commit", static async scene =>
        {
            await CloseAsync(scene);
            scene.IsInTransaction = false;
            await (scene.Transaction?.CommitAsync() ?? Task.CompletedTask);
            return "committed";
        }),
        ("rollback", static async scene =>
        {
            await CloseAsync(scene);
            scene.IsInTransaction = false;
            await (scene.Transaction?.RollbackAsync() ?? Task.CompletedTask);
            return "rolled back";
        }),
        ("dispose transaction", static scene =>
        {
            scene.Reader = scene.IsInTransaction ? null : scene.Reader;
            scene.IsInTransaction = false;
            scene.Transaction?.Dispose();
            return Task.FromResult<object?>("disposed");
        }),
        ("dispose transaction later", static async scene =>
        {
            scene.Reader = scene.IsInTransaction ? null : scene.Reader;
            scene.IsInTransaction = false;
            await (scene.Transaction?.DisposeAsync() ?? ValueTask.CompletedTask);
            return "disposed";
        }),
        ("save", static async scene =>
        {
            if (scene.IsAborted)
            {
                return "left out";   // a savepoint in a failed transaction breaks Npgsql's connection
            }

            await (scene.Transaction?.SaveAsync("here") ?? Task.CompletedTask);
            return await ScalarAsync(scene, "select 1");   // Npgsql sends a savepoint with the next command
        }),
        ("undo", static async scene =>
        {
            await (scene.Transaction?.RollbackAsync("here") ?? Task.CompletedTask);
            return "undone";
        }),
    ];

    public static (string Name, Func<Scene, Task<object?>> Run)[] Of(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 14).Select(_ => Known[random.Next(Known.Length)])];
    }

    private static async Task<object?> ExecuteAsync(Scene scene, string sql)
    {
        await using var command = scene.Command(sql);
        return await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(Scene scene, string sql)
    {
        await using var command = scene.Command(sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task CloseAsync(Scene scene)
    {
        await (scene.Reader?.CloseAsync() ?? Task.CompletedTask);
        scene.Reader = null;
    }
}
