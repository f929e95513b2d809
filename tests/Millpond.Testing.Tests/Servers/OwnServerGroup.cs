using Xunit;

namespace Millpond.Testing.Tests.Servers;

[CollectionDefinition(Name)]
public sealed class OwnServerGroup : ICollectionFixture<OwnServerFixture>
{
    public const string Name = "own server";
}
