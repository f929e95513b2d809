using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Millpond.Tests.Sqlite;

/// <summary>What stands in connection strings, seen through an engine that never opens a file.</summary>
public sealed class SqliteUrlTests
{
    private static readonly string Root = OperatingSystem.IsWindows() ? @"C:\app" : "/app";

    [Theory]
    [InlineData("sqlite:bank.db", "bank.db")]
    [InlineData("sqlite:data/bank.db", "data/bank.db")]
    [InlineData("SQLite:bank%20one.db", "bank one.db")]
    [InlineData("sqlite:../bank.db", "../bank.db")]
    [InlineData("sqlite:bank.db?synchronous=normal&journal_mode=delete&foreign_keys=off&mode=rw&max_page_count=9", "bank.db")]
    [InlineData("Data Source=bank.db", "bank.db")]
    [InlineData("data source=bank.db;Foreign Keys=False;Mode=ReadOnly", "bank.db")]
    [InlineData("Filename=bank.db;Pooling=True", "bank.db")]
    public async Task A_relative_file_is_resolved_against_the_content_root(string connection, string file)
    {
        await using var engine = Create(connection);
        Assert.Equal(Path.GetFullPath(Path.Combine(Root, file)), engine.GetSnapshot().Server);
    }

    [Theory]
    [InlineData("sqlite:/var/bank.db")]
    [InlineData("sqlite:///var/bank.db")]
    [InlineData("sqlite:////var/bank.db")]
    [InlineData("Data Source=/var/bank.db")]
    public async Task An_absolute_file_path_is_kept(string connection)
    {
        await using var engine = Create(connection);
        var server = engine.GetSnapshot().Server.Replace("//", "/", StringComparison.Ordinal);
        Assert.Equal(Path.GetFullPath("/var/bank.db"), Path.GetFullPath(server));
    }

    [Theory]
    [InlineData("sqlite::memory:")]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=shared;Mode=Memory;Cache=Shared")]
    public async Task G33_An_in_memory_database_has_one_permit(string connection)
    {
        await using var engine = Create(connection);
        var snapshot = engine.GetSnapshot();
        Assert.Equal((":memory:", 1, 1, 0), (snapshot.Server, snapshot.Permits, snapshot.PoolSize, snapshot.MaxOverflow));
    }

    [Theory]
    [InlineData("sqlite:", "has no file")]
    [InlineData("sqlite://host/bank.db", "contains a file, not a server")]
    [InlineData("sqlite://user:hunter2@host/bank.db", "contains a file, not a server")]
    [InlineData("sqlite:bank.db?jornal_mode=wal", "has an unknown setting 'jornal_mode'")]
    [InlineData("sqlite:bank.db?journal_mode=wall", "journal_mode has an invalid value; use wal, delete, truncate, persist.")]
    [InlineData("sqlite:bank.db?journal_mode=1", "journal_mode has an invalid value")]
    [InlineData("sqlite:bank.db?journal_mode=off", "journal_mode has an invalid value")]
    [InlineData("sqlite:bank.db?synchronous=hunter2", "synchronous has an invalid value; use off, normal, full, extra.")]
    [InlineData("sqlite:bank.db?synchronous=", "synchronous has an invalid value")]
    [InlineData("sqlite:bank.db?foreign_keys=maybe", "foreign_keys has an invalid value; use on or off.")]
    [InlineData("sqlite:bank.db?mode=memory", "mode has an invalid value")]
    [InlineData("sqlite:bank.db?max_page_count=0", "max_page_count has an invalid value; use a number from 1 to 4294967294.")]
    [InlineData("sqlite:bank.db?max_page_count=4294967295", "max_page_count has an invalid value")]
    [InlineData("sqlite:bank.db?max_page_count=-1", "max_page_count has an invalid value")]
    [InlineData("sqlite:bank.db?max_page_count=hunter2", "max_page_count has an invalid value")]
    [InlineData("sqlite:bank.db?journal_size_limit=-1", "journal_size_limit has an invalid value; use a number from 0 to")]
    [InlineData("sqlite:bank.db?immutable=maybe", "immutable has an invalid value; use on or off.")]
    [InlineData("sqlite:bank.db?synchronous=full&synchronous=off", "sets 'synchronous' twice")]
    [InlineData("Data Source=bank.db;Password=hunter2;Sync=full", "no key 'sync'")]
    [InlineData("Data Source=bank.db;Mode=hunter2", "value for 'mode'")]
    [InlineData("hunter2", "The connection string is invalid")]
    [InlineData("Foreign Keys=True", "has no file")]
    [InlineData("Data Source=bank.db;Cache=Shared", "Cache=Shared is not supported")]
    [InlineData("mysql:bank.db", "has the unknown scheme")]
    public void A_fault_is_reported_without_values(string connection, string message)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Create(connection));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_reported_together()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Create("sqlite://host?a=1&synchronous=2", settings =>
            (settings.JournalMode, settings.Synchronous, settings.MaxPageCount) =
                ((SqliteJournalMode)9, (SqliteSynchronous)9, 0)));
        string[] faults =
        [
            "JournalMode is 9", "Synchronous is 9", "MaxPageCount is 0; use 1 to 4294967294", "not a server", "has no file",
            "unknown setting 'a'", "synchronous has an invalid value",
        ];
        Assert.All(faults, fault => Assert.Contains(fault, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sqlite:bank.db", 0)]
    [InlineData("sqlite:bank.db?synchronous=extra", 0)]
    [InlineData("sqlite:bank.db?synchronous=normal", 1)]
    [InlineData("sqlite:bank.db?synchronous=off", 1)]
    public async Task G33_Reduced_durability_is_logged_once_at_startup(string connection, int lines)
    {
        var log = new LineLog();
        await using var engine = Create(connection, logger: log);
        var told = log.Lines.Where(static line => line.Contains("a power failure can lose", StringComparison.Ordinal));
        Assert.Equal(lines, told.Count());
    }

    private static DbEngine Create(string connection, Action<SqliteOptions>? configure = null, ILoggerFactory? logger = null) =>
        DbEngine.Create(options =>
        {
            options.UseSqlite(connection, configure);
            options.ContentRoot = Root;
            options.LoggerFactory = logger ?? options.LoggerFactory;
        });

    private sealed class LineLog : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
