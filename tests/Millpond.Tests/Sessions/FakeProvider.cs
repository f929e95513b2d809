using Millpond.Providers;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>A provider without a database, whose every step a test can hold up or make fail.</summary>
internal sealed class FakeProvider : DatabaseProvider
{
    /// <summary>Gets or sets what happens at a step, known by its name; throws, waits, or does nothing.</summary>
    public Func<string, Task> At { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Gets or sets whether opening takes its time, so that the engine opens for nobody in particular.</summary>
    public bool IsRemote { get; set; }

    /// <summary>Gets or sets what an error is said to have done.</summary>
    public FailureKind Kind { get; set; } = FailureKind.Statement;

    /// <summary>Gets or sets whether the database's answer to a COMMIT is that it is made; else it rolled back.</summary>
    public bool Commits { get; set; } = true;

    /// <summary>Gets or sets by what it can be asked what became of a COMMIT; null: it cannot.</summary>
    public object? Evidence { get; set; }

    /// <summary>Gets or sets what it answers then, at the step "Confirm".</summary>
    public CommitOutcome Answer { get; set; }

    /// <summary>Gets or sets whether making a connection ready for a mapper is a step.</summary>
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

    /// <summary>Gets or sets whether the end of a transaction is not waited for.</summary>
    public bool CanEndWithoutReply { get; set; }

    /// <summary>Gets or sets what an error in answer to COMMIT means; null: what it means to other providers.</summary>
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

    /// <summary>Makes the error of a server that has no connection left.</summary>
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
