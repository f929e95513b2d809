namespace Millpond;

/// <summary>A test database cannot be had, or not in the way that was requested. The message says what to do.</summary>
public class TestDatabaseException : Exception
{
    internal TestDatabaseException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
