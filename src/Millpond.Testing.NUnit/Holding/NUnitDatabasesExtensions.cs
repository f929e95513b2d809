using NUnit.Framework;

namespace Millpond;

/// <summary>Gives tests of NUnit databases that end with them.</summary>
public static class NUnitDatabasesExtensions
{
    internal static HeldDatabases Held { get; } = new();

    /// <summary>Gives the current test a database. It is returned when the test ends, and kept if the test fails.</summary>
    /// <param name="databases">Where it comes from.</param>
    /// <param name="isolation">How it is separated from others.</param>
    /// <returns>The database. The test does not dispose it.</returns>
    /// <exception cref="InvalidOperationException">No test is running, or <see cref="ReturnDatabasesAttribute"/> is
    /// missing.</exception>
    /// <exception cref="TestDatabaseException">There is no server, the template cannot be built, or the server refuses. The
    /// message says what to do.</exception>
    public static Task<TestDatabase> AcquireForTestAsync(
        this Databases databases, TestIsolation isolation = TestIsolation.Recycled)
    {
        var context = TestContext.CurrentContext;
        return ReturnDatabasesAttribute.IsOn(context.Test)
            ? Held.AcquireAsync(
                databases, isolation, context.Test.ID, context.Test.Name, TestContext.Out.WriteLine, context.CancellationToken)
            : throw new InvalidOperationException(
                "Nothing would return the database. Add [assembly: Millpond.ReturnDatabases] to the tests' assembly, and call " +
                "this in a test or its SetUp.");
    }
}
