namespace Millpond.Testing.AspNetCore.Hosting;

/// <summary>The database of a service scope that a test created.</summary>
internal sealed class TestDatabaseScope
{
    public TestDatabase? Database { get; set; }
}
