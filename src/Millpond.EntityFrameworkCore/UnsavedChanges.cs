namespace Millpond.EntityFrameworkCore;

/// <summary>What becomes of changes that a context tracks and nobody saved when its session is to commit (E02).</summary>
public enum UnsavedChanges
{
    /// <summary>The commit fails with <see cref="UnsavedChangesException"/>, before the first byte of the response.</summary>
    Throw,

    /// <summary>They are saved, and committed with the rest.</summary>
    Save,

    /// <summary>They are lost.</summary>
    Ignore,
}
