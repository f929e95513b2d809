using Npgsql;

namespace Millpond.Testing.Resets;

/// <summary>Finds changed tables inside a transaction, where transaction ids do not distinguish earlier changes from later
/// ones.</summary>
/// <param name="use">Provides the connection of the sandbox.</param>
/// <param name="shape">The content of the template.</param>
internal sealed class SandboxWatch(
    Func<Func<NpgsqlConnection, CancellationToken, Task<DatabaseSnapshot>>, CancellationToken, Task<DatabaseSnapshot>> use,
    DatabaseShape shape) : DatabaseWatch
{
    private readonly string _sql = $"select array[{Each(shape, "count(*)")}]::bigint[], " +
        $"array[{Each(shape, "coalesce(sum(hashtext(t::text)::bigint), 0)::text")}]::text[]";

    public override DatabaseSnapshot Template { get; } = new SandboxSnapshot([], []);

    public override Task<DatabaseSnapshot> TakeAsync(CancellationToken cancellationToken) => use(ReadAsync, cancellationToken);

    public override async Task<IReadOnlyList<TableChange>> ChangesSinceAsync(
        DatabaseSnapshot snapshot, CancellationToken cancellationToken)
    {
        var before = (SandboxSnapshot)snapshot;
        var now = (SandboxSnapshot)await TakeAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. from i in Enumerable.Range(0, shape.Tables.Count)
               where before.Rows[i] != now.Rows[i] || before.Sums[i] != now.Sums[i]
               select new TableChange(shape.Tables[i].ShortName, [], [], Written: 0, Removed: 0)
               {
                   Note = FormattableString.Invariant($"its rows differ ({before.Rows[i]} before, {now.Rows[i]} after)"),
               },
        ];
    }

    private static string Each(DatabaseShape shape, string what) =>
        string.Join(", ", shape.Tables.Select(table => $"(select {what} from only {table.Name} t)"));

    private async Task<DatabaseSnapshot> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(_sql, connection);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return new SandboxSnapshot(reader.GetFieldValue<long[]>(0), reader.GetFieldValue<string[]>(1));
        }
    }
}
