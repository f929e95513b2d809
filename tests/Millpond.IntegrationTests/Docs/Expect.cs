using Xunit;

namespace Millpond.IntegrationTests.Docs;

/// <summary>Assertions that show every fault in full.</summary>
internal static class Expect
{
    public static void None(IReadOnlyList<string> faults) => Assert.True(faults.Count == 0, string.Join('\n', faults));
}
