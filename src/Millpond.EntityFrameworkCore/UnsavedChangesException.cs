using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond.EntityFrameworkCore;

/// <summary>Says that a session was to commit while a context still tracked changes that nobody had saved (E02).</summary>
/// <remarks>Nothing was committed: neither is such a change lost silently, nor saved by surprise.</remarks>
public sealed class UnsavedChangesException : MillpondException
{
    internal UnsavedChangesException(Type contextType, string operation, int added, int modified, int deleted)
        : base(
            ErrorCodes.UnsavedChanges,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The session of {operation} was to commit while {contextType.Name} tracked changes that nobody had saved: " +
                $"{added} added, {modified} modified, {deleted} deleted. Nothing was committed. ") +
            "Call SaveChangesAsync; or choose UnsavedChanges.Save or UnsavedChanges.Ignore at AddSessionDbContext.")
    {
        ContextType = contextType;
        Added = added;
        Modified = modified;
        Deleted = deleted;
    }

    /// <summary>Gets the class of the context.</summary>
    public Type ContextType { get; }

    /// <summary>Gets how many entities were to be inserted.</summary>
    public int Added { get; }

    /// <summary>Gets how many entities were to be updated.</summary>
    public int Modified { get; }

    /// <summary>Gets how many entities were to be deleted.</summary>
    public int Deleted { get; }
}
