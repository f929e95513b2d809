using System.Data;
using Millpond.PostgreSql.Pool;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Connections;

/// <summary>Checks the use of Npgsql's own connection. A savepoint that is set before shows afterwards whether the transaction
/// is still the same.</summary>
internal sealed class DriverUse
{
    private const string Savepoint = "millpond_use";

    private readonly RealConnection _connection;
    private bool _transactionEnded;

    private DriverUse(RealConnection connection, int backend)
    {
        (_connection, Backend) = (connection, backend);
    }

    public int Backend { get; }

    /// <summary>Gets whether the work broke the rules: transaction or connection have changed.</summary>
    public bool IsBroken => _transactionEnded || IsClosed || IsBusy;

    // A lost connection is Broken; one that the work closed is Closed.
    private bool IsClosed => _connection.FullState == ConnectionState.Closed;

    private bool IsBusy => (_connection.FullState & (ConnectionState.Executing | ConnectionState.Fetching)) != 0;

    /// <summary>Begins the use. The savepoint travels with the work's first command, or with a query if the driver does not
    /// know the server process.</summary>
    public static async Task<DriverUse> BeginTransactionAsync(
        RealConnection connection, NpgsqlTransaction transaction, bool behindPooler, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        return new DriverUse(connection, behindPooler
            ? await Pooler.BackendAsync(connection, cancellationToken).ConfigureAwait(false)
            : connection.ProcessID);
    }

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (IsClosed)
        {
            throw Misuse("closed the session's connection");
        }

        if (IsBusy)
        {
            throw Misuse("left a reader or a COPY open on the connection; dispose it inside the delegate");
        }

        try
        {
            using var release = new NpgsqlCommand($"RELEASE SAVEPOINT {Savepoint}", _connection);
            await release.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InFailedSqlTransaction)
        {
            throw Misuse(
                "caught the error of a failed statement, or disposed a COPY without CompleteAsync, which cancels it; " +
                "both abort the transaction",
                error);
        }
        catch (PostgresException error) when (
            error.SqlState is PostgresErrorCodes.NoActiveSqlTransaction or PostgresErrorCodes.InvalidSavepointSpecification)
        {
            _transactionEnded = true;
            throw Misuse("ended the session's transaction with COMMIT or ROLLBACK", error);
        }
    }

    private static InvalidOperationException Misuse(string what, Exception? inner = null) => new(
        $"The delegate of UseProviderConnectionAsync {what}. The session is rolled back.", inner);
}
