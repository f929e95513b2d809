using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Thrown if a context tracks unsaved changes when its session commits.</summary>
/// <remarks>Nothing was committed.</remarks>
public sealed class UnsavedChangesException : MillpondException
{
    internal UnsavedChangesException(Type contextType, string operation, int added, int modified, int deleted)
        : base(
            ErrorCodes.UnsavedChanges,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The session of {operation} could not commit, because {contextType.Name} tracked unsaved changes: " +
                $"{added} added, {modified} modified, {deleted} deleted. Nothing was committed. ") +
            "Call SaveChangesAsync, or set UnsavedChanges to Save or Ignore in AddSessionDbContext.")
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
