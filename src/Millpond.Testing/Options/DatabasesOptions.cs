namespace Millpond;

/// <summary>How <see cref="Databases"/> creates databases.</summary>
public sealed class DatabasesOptions
{
    /// <summary>Gets or sets how many tests can have a database at the same time; others wait.</summary>
    /// <value>1 to 1,000. Null, the default: as many as the server's connections allow, at most 32.</value>
    public int? MaxDatabases { get; set; }

    /// <summary>Gets or sets how long a test waits for a database while no other test returns one.</summary>
    /// <value>1 ms to 24 h. Default 2 min. Then it fails, and the message names the tests that have them.</value>
    public TimeSpan AcquireTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets or sets how many databases of failed tests are kept on a server.</summary>
    /// <value>0 to 1,000. Default 10; the oldest ones are dropped. 0: nothing is kept or reported.</value>
    public int MaxKept { get; set; } = 10;

    /// <summary>Gets or sets how long a throw-away server with the database of a failed test outlives the run.</summary>
    /// <value>0 s to 24 h. Default 30 min; 0 if the environment variable <c>CI</c> is set.</value>
    public TimeSpan KeepServerFor { get; set; } =
        Environment.GetEnvironmentVariable("CI") is { Length: > 0 } ? TimeSpan.Zero : TimeSpan.FromMinutes(30);

    /// <summary>Gets or sets a delegate that configures the engine of each test database, such as its session
    /// options.</summary>
    /// <value>Null by default. The pool has one connection and an overflow of four.</value>
    public Action<EngineOptions>? ConfigureEngine { get; set; }

    /// <summary>Gets or sets the server, such as one of <see cref="TestServer.StartAsync"/>.</summary>
    /// <value>Null, the default: the one that <see cref="TestServer"/> finds.</value>
    public TestServer? Server { get; set; }

    /// <summary>Gets or sets a delegate that starts a PostgreSQL server if no other is found, such as a container.</summary>
    /// <value>Returns the server's URL. Null, the default: a test without a server fails.</value>
    public Func<CancellationToken, Task<string>>? StartServer { get; set; }

    /// <summary>Gets or sets where messages go: how to open a kept database, and why a database was not reused.</summary>
    /// <value>Default <see cref="Console.WriteLine(string)"/>.</value>
    public Action<string> Output { get; set; } = Console.WriteLine;

    internal void Check()
    {
        List<string> faults = [];
        if (MaxDatabases is < 1 or > 1_000)
        {
            faults.Add($"MaxDatabases is {MaxDatabases}, not between 1 and 1,000.");
        }

        if (MaxKept is < 0 or > 1_000)
        {
            faults.Add($"MaxKept is {MaxKept}, not between 0 and 1,000.");
        }

        if (AcquireTimeout < TimeSpan.FromMilliseconds(1) || AcquireTimeout > TimeSpan.FromHours(24))
        {
            faults.Add($"AcquireTimeout is {AcquireTimeout}, not between 1 ms and 24 h.");
        }

        if (KeepServerFor < TimeSpan.Zero || KeepServerFor > TimeSpan.FromHours(24))
        {
            faults.Add($"KeepServerFor is {KeepServerFor}, not between 0 s and 24 h.");
        }

        if (Output is null)
        {
            faults.Add("Output is null.");
        }

        if (faults.Count > 0)
        {
            throw new TestDatabaseException($"DatabasesOptions: {string.Join(" ", faults)}");
        }
    }
}
