using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Thrown if this transaction conflicted with another one and was rolled back.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. Nothing was committed. The work can be repeated from its beginning.</remarks>
public sealed class SerializationConflictException : MillpondException
{
    internal SerializationConflictException(string message, Exception? innerException = null)
        : base(ErrorCodes.SerializationConflict, message, innerException)
    {
    }

    internal static SerializationConflictException AfterAttempts(string operation, int tries, Exception last) =>
        new(
            $"{operation} conflicted with another transaction in each of {tries} attempts. Raise Retries, touch fewer rows, or " +
            "lock the rows before reading them.",
            last);

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
