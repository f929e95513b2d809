using Millpond.Providers;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>A provider without a database. A test can delay each step or let it fail.</summary>
internal sealed class FakeProvider : DatabaseProvider
{
    /// <summary>Gets or sets the callback of each step, given its name. It may throw or wait.</summary>
    public Func<string, Task> At { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Gets or sets whether opening takes time, so the engine opens connections in the background.</summary>
    public bool IsRemote { get; set; }

    /// <summary>Gets or sets the effect of errors.</summary>
    public FailureKind Kind { get; set; } = FailureKind.Statement;

    /// <summary>Gets or sets whether the database answers a COMMIT with success rather than with ROLLBACK.</summary>
    public bool Commits { get; set; } = true;

    /// <summary>Gets or sets the evidence for querying the outcome of a COMMIT; null if it cannot be queried.</summary>
    public object? Evidence { get; set; }

    /// <summary>Gets or sets the queried outcome, at step "Confirm".</summary>
    public CommitOutcome Answer { get; set; }

    /// <summary>Gets or sets whether preparing a connection for a mapper is a step.</summary>
    public bool Settles { get; set; }

    /// <summary>Gets or sets which errors are conflicts.</summary>
    public Func<Exception, bool> IsConflict { get; set; } = static _ => false;

    /// <summary>Gets or sets whether an object mapper gets the provider's own readers.</summary>
    public bool EntityFrameworkCastsReaders { get; set; }

    /// <summary>Gets or sets how a connection opens.</summary>
    public Func<CancellationToken, Task> OpenAsync { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Gets or sets whether an idle connection is there; may throw.</summary>
    public Func<bool> HasIdle { get; set; } = static () => false;

    /// <summary>Gets or sets whether only one session can write at a time.</summary>
    public bool HasSingleWriter { get; set; }

    /// <summary>Gets or sets whether the end of a transaction is not awaited.</summary>
    public bool CanEndWithoutReply { get; set; }

    /// <summary>Gets or sets the meaning of an error of COMMIT; null for the default.</summary>
    public CommitOutcome? Meaning { get; set; }

    /// <summary>Gets how many connections are rented now.</summary>
    public int Rented { get; private set; }

    public override string Name => "Fake";

    public override IReadOnlyList<string> Schemes { get; } = ["fake"];

    public static DbEngine CreateEngine(FakeProvider provider, Action<EngineOptions>? configure = null) =>
        DbEngine.Create(options =>
        {
            options.UseProvider(provider, "fake:it");
            (options.PoolTimeout, options.CleanupTimeout) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
            (options.PoolSize, options.MaxOverflow) = (2, 0);
            configure?.Invoke(options);
        });

    /// <summary>Creates the error of a server without free connections.</summary>
    public static DatabaseUnavailableException Full() =>
        DatabaseUnavailableException.ServerFull("fake", new InvalidTimeZoneException("full"));

    public override string ReadUrl(ConnectionUrl url, ICollection<string> faults) => "fake";

    public override void Check(string connectionString, ICollection<string> faults)
    {
    }

    public override ConnectionSource CreateSource(SourceSettings settings) => new FakeSource(this);

    public override SessionConnection CreateFacade(SessionHandle seat) => new FakeFacade(seat);

    public void Count(int rented)
    {
        lock (this)
        {
            Rented += rented;
        }
    }
}
