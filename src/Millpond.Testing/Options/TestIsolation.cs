namespace Millpond;

/// <summary>How a test's database is separated from those of other tests.</summary>
public enum TestIsolation
{
    /// <summary>A database of its own with real commits. After the test it is reset, verified and given to the next test.
    /// </summary>
    Recycled,

    /// <summary>A new copy of the template, dropped after the test.</summary>
    Fresh,

    /// <summary>One transaction around the test, rolled back at its end; commits of sessions are savepoints. If the test needs
    /// what that cannot represent, it gets a <see cref="Recycled"/> database instead. PostgreSQL only.</summary>
    Sandbox,
}
