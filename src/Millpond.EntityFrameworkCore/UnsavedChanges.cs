namespace Millpond;

/// <summary>What happens to the unsaved changes of a context when its session commits.</summary>
public enum UnsavedChanges
{
    /// <summary>The commit fails with <see cref="UnsavedChangesException"/>, before the first byte of the response.</summary>
    Throw,

    /// <summary>They are saved, and committed with the rest.</summary>
    Save,

    /// <summary>They are lost.</summary>
    Ignore,
}
