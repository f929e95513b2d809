using System.Globalization;
using System.Runtime.CompilerServices;
using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>What endpoints stream: rows and counts of the users.</summary>
internal static class Streams
{
    public const string Count = "select count(*) from users";

    public static async IAsyncEnumerable<string> EveryAsync(
        DbSession session, TimeSpan pause, [EnumeratorCancellation] CancellationToken token)
    {
        while (true)
        {
            yield return (await session.ScalarAsync(Count, token)).ToString(CultureInfo.InvariantCulture);
            await Task.Delay(pause, token);
        }
    }

    public static async IAsyncEnumerable<string> EndlessAsync(
        DbSession session, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (var row in StreamShapes.RowsAsync(session, token))
        {
            while (true)
            {
                yield return new string(row[0], 1_000);
            }
        }
    }

    public static async IAsyncEnumerable<string> BrokenAsync(
        DbSession session, [EnumeratorCancellation] CancellationToken token)
    {
        yield return $"{await session.ScalarAsync("select no_such_column from users", token)}";
    }
}
