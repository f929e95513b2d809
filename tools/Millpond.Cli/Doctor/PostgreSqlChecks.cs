using System.Data.Common;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Millpond.Cli.Doctor;

/// <summary>The checks of PostgreSQL and of what speaks like it.</summary>
internal sealed class PostgreSqlChecks(ExaminedEngine examined, DoctorSettings settings)
{
    private const string Options = "start-up options";
    private const string Consequence = "so isolation level and timeouts are sent with the first command of a transaction.";
    private const string Prepared = "prepared statements";
    private const string Visibility = "pg_stat_activity";

    public async IAsyncEnumerable<Check> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var limit = examined.Engine.GetSnapshot().ServerLimit;
        var isPooled = limit is { IsBehindPooler: true };
        var keepsState = !isPooled || await KeepsStateAsync(cancellationToken);
        yield return !isPooled ? Check.Ok("pooler", "None: the server is connected directly.")
            : Check.Note("pooler", keepsState
                ? "A pooler in session mode, such as PgBouncer."
                : "A pooler in transaction mode, such as PgBouncer: statements with an effect beyond it are rejected.");
        yield return PoolCheck.Compare(settings, limit);
        yield return await examined.CheckSavepointsAsync(cancellationToken);
        yield return await CheckOptionsAsync(cancellationToken);
        yield return keepsState
            ? await CheckPreparedAsync(cancellationToken)
            : Check.Note(Prepared, "Not used through a pooler in transaction mode.");
        yield return await CheckVisibilityAsync(cancellationToken);
    }

    /// <summary>Returns whether a connection keeps its state between transactions: the engine rejects LISTEN if not.</summary>
    private async Task<bool> KeepsStateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await examined.ReadAsync("listen millpond_doctor", cancellationToken);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
        catch (DbException)
        {
            return true;   // a standby has no LISTEN
        }
    }

    private async Task<Check> CheckOptionsAsync(CancellationToken cancellationToken)
    {
        var wanted = new NpgsqlConnectionStringBuilder(examined.DriverString) { Pooling = false };
        wanted.Options = $"{wanted.Options} -c statement_timeout=86399000".Trim();
        try
        {
            await using var connection = new NpgsqlConnection(wanted.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select current_setting('statement_timeout')", connection);
            return await command.ExecuteScalarAsync(cancellationToken) is "86399s"
                ? Check.Ok(Options, "Accepted.")
                : Check.Note(Options, $"Ignored, {Consequence}");
        }
        catch (PostgresException error)
        {
            return Check.Note(Options, $"Refused ({error.SqlState}), {Consequence}");
        }
    }

    private async Task<Check> CheckPreparedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(examined.DriverString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.PrepareAsync(cancellationToken);
            for (var i = 0; i < 2; i++)
            {
                await command.ExecuteScalarAsync(cancellationToken);
            }

            return Check.Ok(Prepared, "Work.");
        }
        catch (PostgresException error)
        {
            return Check.Note(Prepared, $"Do not work ({error.SqlState}): leave Max Auto Prepare off.");
        }
    }

    private async Task<Check> CheckVisibilityAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await examined.ReadAsync("select pg_has_role('pg_read_all_stats', 'usage')", cancellationToken) is true
                ? Check.Ok(Visibility, "All connections are visible with what they do.")
                : Check.Note(
                    Visibility,
                    "Other roles' connections are counted, but what they do is hidden. To see it: grant pg_read_all_stats to " +
                    "the role.");
        }
        catch (DbException error)
        {
            return Check.Note(Visibility, $"Not available: {error.Message}");
        }
    }
}
