using System.Runtime.CompilerServices;
using Millpond.Providers;

namespace Millpond.Transactions.Failures;

/// <summary>Records which errors were the database's answer to a COMMIT. They are thrown unchanged, so nothing else
/// distinguishes them.</summary>
internal sealed class CommitRefusal
{
    private static readonly ConditionalWeakTable<Exception, CommitRefusal> Known = [];

    private CommitRefusal(bool isConstraintViolation, bool isConflict)
    {
        IsConstraintViolation = isConstraintViolation;
        IsConflict = isConflict;
    }

    public bool IsConstraintViolation { get; }

    public bool IsConflict { get; }

    public static void Note(Exception error, DatabaseDialect dialect) =>
        Known.AddOrUpdate(error, new CommitRefusal(dialect.IsConstraintViolation(error), dialect.IsConflict(error)));

    public static CommitRefusal? Of(Exception error) => Known.TryGetValue(error, out var refusal) ? refusal : null;
}
