using Npgsql;

namespace Millpond.Testing.Clones;

/// <summary>What a server's refusal to create a database means for whoever runs the tests.</summary>
internal static class ServerFailure
{
    public static TestDatabaseException Explain(PostgresException error) => new(
        error.SqlState switch
        {
            PostgresErrorCodes.DiskFull =>
                "The disk of the test server is full, so no database can be created. Free space there, or lower " +
                "DatabasesOptions.MaxDatabases and MaxKept.",
            PostgresErrorCodes.TooManyConnections =>
                "The test server has no connection left. Lower DatabasesOptions.MaxDatabases, or raise max_connections.",
            PostgresErrorCodes.InsufficientPrivilege =>
                $"The user may not create this database: {error.MessageText}. Use a user with CREATEDB who owns the template.",
            _ => $"The test server could not create a database: {error.SqlState} {error.MessageText}.",
        },
        error);
}
