namespace Millpond.IntegrationTests.Hosts;

/// <summary>A stream of names that is a class.</summary>
public sealed class NameList(IAsyncEnumerable<string> names) : IAsyncEnumerable<string>
{
    public IAsyncEnumerator<string> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        names.GetAsyncEnumerator(cancellationToken);
}
