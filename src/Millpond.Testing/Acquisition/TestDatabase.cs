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
    private readonly TestIsolation _isolation;
    private Action<string>? _output;
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
        (_isolation, Test) = (isolation, test);
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
    /// <value>What was requested, but <see cref="TestIsolation.Recycled"/> for a sandbox that has been replaced.</value>
    public TestIsolation Isolation => SandboxReplaced is null ? _isolation : TestIsolation.Recycled;

    /// <summary>Gets what a sandbox could not represent, so that it was replaced by a real database.</summary>
    /// <value>Null if it was not, or if this is no sandbox. Set before the statement or session runs that needs it.</value>
    public string? SandboxReplaced => _sandbox?.Replaced;

    /// <summary>Gets or sets where messages about this database go.</summary>
    /// <value>Default <see cref="DatabasesOptions.Output"/>. Adapters of test frameworks set it to the output of the
    /// test.</value>
    public Action<string> Output
    {
        get => _output ?? _options.Output;
        set => _output = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Gets the name of the test that has it.</summary>
    public string Test { get; }

    /// <summary>Gets whether it was disposed.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    /// <summary>Gets the connection string, for code that does not use <see cref="Engine"/>.</summary>
    /// <remarks>A sandbox, which other connections cannot see, is replaced by a real database.</remarks>
    /// <exception cref="TestDatabaseException">It is a sandbox that a session has used.</exception>
    public string ConnectionString
    {
        get
        {
            _sandbox?.Share();
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
    /// <returns>A task that completes when the test can continue. The rest happens in the background.</returns>
    public ValueTask DisposeAsync() =>
        Interlocked.Exchange(ref _isDisposed, 1) != 0 ? default
            : new(EndAsync());

    /// <summary>Gets what the sandbox has refused, which the code under test may have swallowed.</summary>
    private string? Refusal => _sandbox?.Refused is { } what ? $"{what} cannot be part of a sandbox" : null;

    private async Task EndAsync()
    {
        _sandbox?.Stop();
        if (_faults.IsValueCreated)
        {
            await _faults.Value.EndAsync().ConfigureAwait(false);
        }

        if (SandboxReplaced is { } reason)
        {
            Output(
                $"{Test}: {reason} cannot be part of a sandbox, so the test got a real database. " +
                "Request TestIsolation.Recycled for it.");
        }

        await ((_failure ?? Refusal) is { } failure && _options.MaxKept > 0 ? KeepAsync(failure) : _store.ReleaseAsync(_owned))
            .ConfigureAwait(false);
    }

    private async Task KeepAsync(string failure)
    {
        if (_sandbox is { Replaced: null })
        {
            Output(
                $"{Test} failed: {failure}. It ran in a sandbox, so nothing of it is left to look at; " +
                "run it with TestIsolation.Recycled to keep its database.");
            await _store.ReleaseAsync(_owned).ConfigureAwait(false);
            return;
        }

        string changes;
        try
        {
            changes = ChangeTable.Draw(
                await _owned.Watch.ChangesSinceAsync(_owned.Watch.Template, CancellationToken.None).ConfigureAwait(false));
        }
        catch (System.Data.Common.DbException error)
        {
            changes = $"Its rows cannot be compared with the template: {error.Message}\n";
        }

        var line = await _store.KeepAsync(_owned).ConfigureAwait(false);
        Output($"{Test} failed: {failure}\nIts database is kept: {line}\n{changes}");
    }
}
