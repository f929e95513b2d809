using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Says that this transaction and another were in each other's way, and that this one gave in.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. Nothing was committed; the same work can be done again from its beginning.</remarks>
public sealed class SerializationConflictException : MillpondException
{
    internal SerializationConflictException(string message, Exception? innerException = null)
        : base(ErrorCodes.SerializationConflict, message, innerException)
    {
    }

    internal static SerializationConflictException AfterTries(string operation, int tries, Exception last) =>
        new(
            $"{operation} conflicted with another transaction in each of {tries} attempts. Raise Retries, touch fewer rows, or " +
            "lock the rows before reading them.",
            last);

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
