using System.Collections.Concurrent;

namespace Millpond;

/// <summary>Databases that tests hold until they end. For adapters of test frameworks.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class HeldDatabases
{
    private readonly ConcurrentDictionary<object, ConcurrentQueue<TestDatabase>> _byTest = new();

    /// <summary>Gives a test a database, which <see cref="ReturnAsync"/> returns.</summary>
    /// <param name="databases">Where it comes from.</param>
    /// <param name="isolation">How it is separated from others.</param>
    /// <param name="test">What identifies the test.</param>
    /// <param name="name">The test's name, for messages.</param>
    /// <param name="output">Where messages go.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The database.</returns>
    /// <inheritdoc cref="Databases.AcquireAsync" path="/exception"/>
    public async Task<TestDatabase> AcquireAsync(
        Databases databases,
        TestIsolation isolation,
        object test,
        string name,
        Action<string> output,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(databases);
        var database = await databases.AcquireAsync(isolation, cancellationToken, name).ConfigureAwait(false);
        database.Output = output;
        _byTest.GetOrAdd(test, static _ => []).Enqueue(database);
        return database;
    }

    /// <summary>Returns what a test holds. Called once it has ended.</summary>
    /// <param name="test">What identifies the test.</param>
    /// <param name="failure">Why it failed, so that its databases are kept. Null: it passed.</param>
    /// <returns>A task that ends when they are returned.</returns>
    public async Task ReturnAsync(object test, string? failure)
    {
        if (_byTest.TryRemove(test, out var held))
        {
            foreach (var database in held)
            {
                if (failure is not null)
                {
                    database.MarkFailed(FirstLine(failure));
                }

                await database.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static string FirstLine(string text) =>
        text.Split('\n').Select(static line => line.Trim()).FirstOrDefault(static line => line.Length > 0) ?? "no message";
}
