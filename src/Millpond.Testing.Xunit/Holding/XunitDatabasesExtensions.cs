using System.Collections.Concurrent;
using Xunit;
using Xunit.v3;

namespace Millpond;

/// <summary>Gives tests of xUnit.net databases that end with them.</summary>
public static class XunitDatabasesExtensions
{
    private static readonly ConcurrentDictionary<string, string> Latest = new();   // the test of each collection

    internal static HeldDatabases Held { get; } = new();

    /// <summary>Gives the current test a database. It is returned when the test ends, and kept if the test fails.</summary>
    /// <param name="databases">Where it comes from.</param>
    /// <param name="isolation">How it is separated from others.</param>
    /// <returns>The database. The test does not dispose it.</returns>
    /// <exception cref="InvalidOperationException">No test is running, or <see cref="ReturnDatabasesAttribute"/> is
    /// missing.</exception>
    /// <exception cref="TestDatabaseException">There is no server, the template cannot be built, or the server refuses. The
    /// message says what to do.</exception>
    public static async Task<TestDatabase> AcquireForTestAsync(
        this Databases databases, TestIsolation isolation = TestIsolation.Recycled)
    {
        var context = TestContext.Current;
        if (context.Test is not IXunitTest test)
        {
            throw new InvalidOperationException(
                "No test is running here. Use AcquireAsync, and dispose the database, outside of tests.");
        }

        if (!test.TestMethod.BeforeAfterTestAttributes.OfType<ReturnDatabasesAttribute>().Any())
        {
            throw new InvalidOperationException(
                "Nothing would return the database. Add [assembly: Millpond.ReturnDatabases] to the tests' assembly.");
        }

        // Attributes do not run after a failed InitializeAsync, but the next test of the collection begins only after it.
        var former = "";
        Latest.AddOrUpdate(test.TestCase.TestCollection.UniqueID, test.UniqueID, (_, id) =>
        {
            former = id;
            return test.UniqueID;
        });
        if (former != test.UniqueID)
        {
            await Held.ReturnAsync(former, "it failed before it began").ConfigureAwait(false);
        }

        var output = context.TestOutputHelper;
        return await Held.AcquireAsync(
            databases, isolation, test.UniqueID, test.TestDisplayName,
            output is null ? Console.WriteLine : output.WriteLine, context.CancellationToken).ConfigureAwait(false);
    }
}
