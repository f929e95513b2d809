using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Millpond.Testing.AspNetCore.Hosting;

/// <summary>Which request belongs to which test.</summary>
internal sealed class TestDatabaseRoutes(Databases databases, string? engine) : IAsyncDisposable
{
    public const string Header = "Millpond-Test-Database";

    private readonly ConcurrentDictionary<string, TestDatabase> _byToken = new(StringComparer.Ordinal);
    private readonly AsyncLocal<TestDatabase?> _ofRequest = new();   // flows into whatever a request starts

    // A host is configured synchronously.
    private readonly Lazy<TestDatabase> _host = new(
        () => Task.Run(() => databases.AcquireForHostAsync()).GetAwaiter().GetResult());
    private string? _sole;

    /// <summary>Gets or sets the database of the request that runs here; null: no request does, or none of a test.</summary>
    public TestDatabase? OfRequest
    {
        get => _ofRequest.Value;
        set => _ofRequest.Value = value;
    }

    /// <summary>Gets the application's own database, for what it does at its start.</summary>
    public TestDatabase Host => _host.Value;

    /// <summary>Says whether an engine is the one whose database is that of the test.</summary>
    public bool Serves(string name)
    {
        if (engine is not null)
        {
            return engine == name;
        }

        var sole = Interlocked.CompareExchange(ref _sole, name, null) ?? name;
        return sole == name ? true : throw new InvalidOperationException(
            $"The application has several engines, '{sole}' and '{name}'. Say whose database the tests have: " +
            $"factory.WithTestDatabases(databases, \"{name}\").");
    }

    /// <summary>Gives a database a token that requests name it by.</summary>
    public string Add(TestDatabase database)
    {
        ArgumentNullException.ThrowIfNull(database);
        foreach (var (ended, _) in _byToken.Where(static one => one.Value.IsDisposed))
        {
            _byToken.TryRemove(ended, out _);
        }

        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        _byToken[token] = database;
        return token;
    }

    public TestDatabase? Find(string? token) => token is not null && _byToken.TryGetValue(token, out var found) ? found : null;

    public ValueTask DisposeAsync() => _host.IsValueCreated ? _host.Value.DisposeAsync() : default;
}
