using Millpond.Testing.Resets;

namespace Millpond.Testing.Clones;

/// <summary>A database while it belongs to one test.</summary>
internal abstract class OwnedDatabase
{
    public abstract string Name { get; }

    public abstract string ConnectionString { get; }

    public abstract DbEngine Engine { get; }

    public abstract DatabaseWatch Watch { get; }

    /// <summary>Gets or sets whether it does not count among those of tests.</summary>
    public bool IsExtra { get; set; }

    /// <summary>Gets or sets whether somebody may have opened connections beside the engine.</summary>
    public bool IsShared { get; set; }
}
