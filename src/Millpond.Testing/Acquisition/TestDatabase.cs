using System.Globalization;
using Millpond.Testing.Clones;
using Millpond.Testing.Resets;

namespace Millpond;

/// <summary>The database of one test. Disposing it returns it.</summary>
/// <remarks>The code under test does not find it by itself: pass it <see cref="Engine"/>.</remarks>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly DatabaseStore _store;
    private readonly DatabasesOptions _options;
    private readonly OwnedDatabase _owned;
    private readonly SessionSandbox? _sandbox;
    private readonly Lazy<DatabaseFaults> _faults;
    private string? _failure;
    private int _isDisposed;

    internal TestDatabase(
        DatabaseStore store,
        DatabasesOptions options,
        OwnedDatabase owned,
        TestIsolation isolation,
        string test,
        SessionSandbox? sandbox)
    {
        (_store, _options, _owned, _sandbox) = (store, options, owned, sandbox);
        (Isolation, Test) = (isolation, test);
        _faults = new Lazy<DatabaseFaults>(() => owned is Clone && sandbox is null
            ? new DatabaseFaults(owned, options.ConfigureEngine)
            : throw new NotSupportedException(
                "Faults need a database of the test's own on PostgreSQL: TestIsolation.Recycled or Fresh."));
    }

    /// <summary>Gets the engine of this database.</summary>
    public DbEngine Engine => _faults.IsValueCreated ? _faults.Value.Engine : _sandbox?.Engine ?? _owned.Engine;

    /// <summary>Gets the faults between the test and its database. Get it before <see cref="Engine"/>, which then uses a
    /// proxy.</summary>
    /// <exception cref="NotSupportedException">The database is a sandbox or on SQLite.</exception>
    public DatabaseFaults Faults => _faults.Value;

    /// <summary>Gets the name of the database, or of its file.</summary>
    public string Name => _owned.Name;

    /// <summary>Gets how it is separated from those of other tests.</summary>
    public TestIsolation Isolation { get; }

    /// <summary>Gets the name of the test that has it.</summary>
    public string Test { get; }

    /// <summary>Gets whether it was disposed.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    /// <summary>Gets the connection string, for code that does not use <see cref="Engine"/>.</summary>
    /// <exception cref="InvalidOperationException">It is a sandbox, which other connections cannot see.</exception>
    public string ConnectionString
    {
        get
        {
            if (_sandbox is not null)
            {
                throw new InvalidOperationException(
                    "No other connection can see into a sandbox. Use its Engine, or TestIsolation.Recycled for this test.");
            }

            _owned.IsShared = true;
            return _owned.ConnectionString;
        }
    }

    internal OwnedDatabase Owned => _owned;

    internal DatabaseWatch Watch => _sandbox is null ? _owned.Watch : ((Clone)_owned).WatchOf(_sandbox);

    /// <summary>Counts the rows of a table.</summary>
    /// <param name="table">Its name, with its schema if need be, as in <c>sales.orders</c>. Upper and lower case count.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>How many rows are there.</returns>
    /// <exception cref="TestDatabaseException">There is no such table.</exception>
    public async Task<long> CountAsync(string table, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        var quoted = string.Join('.', table.Split('.').Select(
            static part => $"\"{part.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        try
        {
            return await Engine.RunAsync(
                async (session, token) =>
                {
                    using var command = session.Connection.CreateCommand();
                    command.CommandText = $"select count(*) from {quoted}";
                    return Convert.ToInt64(
                        await command.ExecuteScalarAsync(token).ConfigureAwait(false), CultureInfo.InvariantCulture);
                },
                new DbSessionOptions { Access = SessionAccess.ReadOnly },
                cancellationToken).ConfigureAwait(false);
        }
        catch (System.Data.Common.DbException error) when (error.SqlState == "42P01" || 
            error.Message.Contains("no such table", StringComparison.Ordinal))
        {
            throw new TestDatabaseException($"There is no table {quoted} in this database. Upper and lower case count.", error);
        }
    }

    /// <summary>Keeps the database when it is disposed, because its test failed.</summary>
    /// <param name="reason">The reason, for the message. Adapters of test frameworks and failed expectations call this
    /// method.</param>
    public void MarkFailed(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        Interlocked.CompareExchange(ref _failure, reason, null);
    }

    /// <summary>Returns the database: resets it for the next test, drops it, or keeps it if its test failed.</summary>
    /// <returns>A task that completes when the test can continue. On PostgreSQL the reset runs in the background.</returns>
    public ValueTask DisposeAsync() =>
        Interlocked.Exchange(ref _isDisposed, 1) != 0 ? default
            : new(EndAsync());

    private async Task EndAsync()
    {
        if (_faults.IsValueCreated)
        {
            await _faults.Value.EndAsync().ConfigureAwait(false);
        }

        await (_failure is { } failure && _options.MaxKept > 0 ? KeepAsync(failure) : _store.ReleaseAsync(_owned))
            .ConfigureAwait(false);
    }

    private async Task KeepAsync(string failure)
    {
        if (_sandbox is not null)
        {
            _options.Output(
                $"{Test} failed: {failure}. It ran in a sandbox, so nothing of it is left to look at; " +
                "run it with TestIsolation.Recycled to keep its database.");
            await _store.ReleaseAsync(_owned).ConfigureAwait(false);
            return;
        }

        string changes;
        try
        {
            changes = ChangeTable.Draw(
                await Watch.ChangesSinceAsync(Watch.Template, CancellationToken.None).ConfigureAwait(false));
        }
        catch (System.Data.Common.DbException error)
        {
            changes = $"Its rows cannot be compared with the template: {error.Message}\n";
        }

        var line = await _store.KeepAsync(_owned).ConfigureAwait(false);
        _options.Output($"{Test} failed: {failure}\nIts database is kept: {line}\n{changes}");
    }
}
