using Millpond.PostgreSql.Configuration;
using Millpond.Providers;
using Npgsql;

namespace Millpond.PostgreSql;

/// <summary>The PostgreSQL provider, based on Npgsql.</summary>
internal sealed class PostgreSqlProvider(PostgreSqlOptions options) : DatabaseProvider
{
    public override string Name => "PostgreSQL";

    public override IReadOnlyList<string> Schemes { get; } = ["postgresql", "postgres"];

    public override string ReadUrl(ConnectionUrl url, ICollection<string> faults)
    {
        options.Check(faults);
        return PostgreSqlUrl.Read(url, faults);
    }

    public override void Check(string connectionString, ICollection<string> faults)
    {
        options.Check(faults);
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            if (string.IsNullOrWhiteSpace(builder.Host))
            {
                faults.Add("The connection string has no Host.");
            }

            PoolString.Check(builder, faults);
        }
        catch (Exception error) when (PoolString.IsUnreadable(error))
        {
            faults.Add($"The connection string is not a valid Npgsql connection string: {Explain(error)}");
        }
    }

    public override ConnectionSource CreateSource(SourceSettings settings) => new PostgreSqlSource(settings, options);

    public override SessionConnection CreateFacade(SessionHandle handle) => new Connections.NpgsqlConnection(handle);

    /// <summary>Shows the first line. The driver names the keyword but never quotes a value.</summary>
    private static string Explain(Exception error) => error.Message.AsSpan().EnumerateLines() is var lines && lines.MoveNext()
        ? lines.Current.ToString()
        : error.Message;
}
