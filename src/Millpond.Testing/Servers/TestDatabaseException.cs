namespace Millpond;

/// <summary>Thrown if a test database is not available, or not in the way that was requested. The message says what to
/// do.</summary>
public class TestDatabaseException : Exception
{
    internal TestDatabaseException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
