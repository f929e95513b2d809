namespace Millpond;

/// <summary>The base of MSTest's test classes whose databases end with their test.</summary>
public abstract class DatabaseTest
{
    private readonly HeldDatabases _held = new();

    /// <summary>Gets or sets the context of the test, which MSTest provides.</summary>
    public TestContext TestContext { get; set; } = null!;

    /// <summary>Gives the test a database. It is returned when the test ends, and kept if the test fails.</summary>
    /// <param name="databases">Where it comes from.</param>
    /// <param name="isolation">How it is separated from others.</param>
    /// <returns>The database. The test does not dispose it.</returns>
    /// <exception cref="TestDatabaseException">There is no server, the template cannot be built, or the server refuses. The
    /// message says what to do.</exception>
    protected Task<TestDatabase> AcquireAsync(Databases databases, TestIsolation isolation = TestIsolation.Recycled) =>
        _held.AcquireAsync(
            databases, isolation, this, TestContext.TestName ?? GetType().Name, TestContext.WriteLine,
            TestContext.CancellationToken);

    /// <summary>Returns the databases of the test. MSTest calls it.</summary>
    /// <returns>A task that ends when they are returned.</returns>
    [TestCleanup]
    public Task ReturnDatabasesAsync() => _held.ReturnAsync(
        this,
        TestContext.CurrentTestOutcome is UnitTestOutcome.Passed or UnitTestOutcome.Inconclusive
            ? null
            : TestContext.TestException?.Message ?? $"{TestContext.CurrentTestOutcome}");
}
