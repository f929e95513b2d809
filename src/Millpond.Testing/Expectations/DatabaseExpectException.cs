namespace Millpond;

/// <summary>Thrown if a database is not as a test expects it.</summary>
public sealed class DatabaseExpectException : TestDatabaseException
{
    internal DatabaseExpectException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
