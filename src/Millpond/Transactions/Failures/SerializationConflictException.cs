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
            $"{operation} met a conflict with another transaction at each of its {tries} tries, and gave up. Raise Retries, " +
            "have it touch fewer rows, or have it lock what it changes first.",
            last);

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
