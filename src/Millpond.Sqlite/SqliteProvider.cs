using Microsoft.Data.Sqlite;
using Millpond.Providers;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Connections;

namespace Millpond.Sqlite;

/// <summary>The SQLite provider of an engine.</summary>
internal sealed class SqliteProvider(SqliteOptions configured) : DatabaseProvider
{
    private SqliteOptions _settings = new();

    public override string Name => SqliteDialect.Instance.Name;

    public override IReadOnlyList<string> Schemes { get; } = ["sqlite"];

    public override string ReadUrl(ConnectionUrl url, ICollection<string> faults)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(faults);
        _settings = configured.Copy();
        CheckSettings(faults);
        return SqliteUrl.Read(url, _settings, faults);
    }

    public override void Check(string connectionString, ICollection<string> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        _settings = configured.Copy();
        CheckSettings(faults);
        if (SqliteConnectionText.Read(connectionString, faults) is not { } builder)
        {
            return;
        }

        _settings.ForeignKeys = builder.ForeignKeys ?? _settings.ForeignKeys;
        if (builder.DataSource.Length == 0 && !SqliteFile.IsInMemory(builder))
        {
            faults.Add("The SQLite connection string has no file; use Data Source=bank.db, or Data Source=:memory:.");
        }

        if (SqliteFile.IsMemoryUri(builder.DataSource))
        {
            faults.Add(SqliteUrl.MemoryUriFault);
        }

        if (builder.Cache == SqliteCacheMode.Shared && !SqliteFile.IsInMemory(builder))
        {
            faults.Add("Cache=Shared is not supported, because it locks whole tables; remove it.");
        }
    }

    public override ConnectionSource CreateSource(SourceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new SqliteSource(new SqliteFile(settings.ConnectionString, settings.ContentRoot, _settings), settings);
    }

    public override SessionConnection CreateFacade(SessionHandle handle) => new SqliteConnection(handle);

    private void CheckSettings(ICollection<string> faults)
    {
        if (!Enum.IsDefined(configured.JournalMode))
        {
            faults.Add($"JournalMode is {configured.JournalMode}; use {string.Join(", ", Enum.GetNames<SqliteJournalMode>())}.");
        }

        if (!Enum.IsDefined(configured.Synchronous))
        {
            faults.Add($"Synchronous is {configured.Synchronous}; use {string.Join(", ", Enum.GetNames<SqliteSynchronous>())}.");
        }

        if (configured.MaxPageCount is < 1 or > SqliteUrl.MaxPages)
        {
            faults.Add($"MaxPageCount is {configured.MaxPageCount}; use 1 to {SqliteUrl.MaxPages}.");
        }

        if (configured.JournalSizeLimit < 0)
        {
            faults.Add($"JournalSizeLimit is {configured.JournalSizeLimit}; use 0 or more.");
        }
    }
}
