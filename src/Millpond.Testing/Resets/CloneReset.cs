using Npgsql;

namespace Millpond.Testing.Resets;

/// <summary>Resets a clone to its template's content, in one round trip if the same tables are changed as before.</summary>
/// <remarks>It empties the tables that were changed before and verifies rows, sequences and the catalogue in the same batch.
/// Other changes are reset in another round, and changes that cannot be reset make the clone unusable.</remarks>
internal sealed class CloneReset(NpgsqlConnection connection, DatabaseShape shape, PostgresSnapshot template)
{
    private const int MaxRounds = 4;

    private readonly SortedSet<int> _emptied = [];     // tables, by their place in the shape
    private readonly SortedSet<int> _restarted = [];   // sequences
    private readonly string _check = Check(shape, template);

    /// <summary>Gets or sets the rows to restore in tables that have some in the template; null: none are restored.</summary>
    public SeedRows? Seeds { get; set; }

    /// <summary>Resets the clone.</summary>
    /// <returns>The reason why it cannot be used again; null if it equals the template.</returns>
    public async Task<string?> RunAsync(CancellationToken cancellationToken)
    {
        if (shape.Obstacle is { } obstacle)
        {
            return obstacle;
        }

        try
        {
            for (var round = 1; ; round++)
            {
                var wrong = await SendAsync(cancellationToken).ConfigureAwait(false);
                if (Seeds is not null)
                {
                    wrong = [.. wrong.Where(number => !IsSeeded(number))];   // they are restored below
                }

                if (wrong.Length == 0)
                {
                    await (Seeds?.RestoreAsync(connection, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
                    return null;
                }

                if (ReasonAgainst(wrong) is { } reason)
                {
                    return reason;
                }

                if (round == MaxRounds)
                {
                    return "its tables are not empty after they were emptied; a trigger may fill them again";
                }
            }
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return "a transaction that the test left open locks its tables";
        }
        catch (NpgsqlException error)
        {
            return $"its reset failed: {error.Message}";
        }
    }

    /// <summary>Numbers the differences: tables, then sequences, then the parts of the catalogue.</summary>
    private static string Check(DatabaseShape shape, PostgresSnapshot template)
    {
        var conditions = shape.Tables.Select(table => table.Rows == 0
                ? $"exists(select from only {table.Name})"
                : FormattableString.Invariant(
                    $"(select count(*) <> {table.Rows} or bool_or({template.IsNewer}) from only {table.Name})"))
            .Concat(shape.Sequences.Select(static sequence => FormattableString.Invariant(
                $"(select last_value <> {sequence.Value} or is_called <> {sequence.IsCalled} from {sequence.Name})")))
            .Concat(shape.Catalog.Select(part => FormattableString.Invariant(
                $"(select count(*) <> {part.Rows} or coalesce(bool_or({template.IsNewer}), false) from {part.From})")));
        return "select array_remove(array[" + string.Join(", ", conditions.Select(static (condition, number) =>
            FormattableString.Invariant($"case when {condition} then {number} end"))) + "]::int[], null)";
    }

    private async Task<int[]> SendAsync(CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(connection);
        foreach (var table in _emptied)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"delete from only {shape.Tables[table].Name}"));
        }

        foreach (var sequence in _restarted.Select(number => shape.Sequences[number]))
        {
            var name = sequence.Name.Replace("'", "''", StringComparison.Ordinal);
            batch.BatchCommands.Add(new NpgsqlBatchCommand(FormattableString.Invariant(
                $"select setval('{name}', {sequence.Value}, {sequence.IsCalled})")));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(_check));
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            for (var skipped = 0; skipped < _restarted.Count; skipped++)
            {
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            }

            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return reader.GetFieldValue<int[]>(0);
        }
    }

    private bool IsSeeded(int number) => number < shape.Tables.Count && shape.Tables[number].Rows > 0;

    /// <summary>Records what the next round has to reset, or returns why it is impossible.</summary>
    private string? ReasonAgainst(int[] wrong)
    {
        foreach (var number in wrong)
        {
            var (sequence, part) = (number - shape.Tables.Count, number - shape.Tables.Count - shape.Sequences.Count);
            if (part >= 0)
            {
                return $"the test created, changed or dropped {shape.Catalog[part].What}";
            }

            if (sequence >= 0)
            {
                _restarted.Add(sequence);
            }
            else if (shape.Tables[number].Rows == 0)
            {
                _emptied.Add(number);
            }
            else
            {
                return $"the test changed rows of {shape.Tables[number].ShortName} that belong to the template";
            }
        }

        return null;
    }
}
