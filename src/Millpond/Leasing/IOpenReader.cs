namespace Millpond.Leasing;

/// <summary>An open reader of a session.</summary>
internal interface IOpenReader
{
    /// <summary>Gets the text of the command it reads.</summary>
    string Text { get; }

    /// <summary>Gets the provider's command or batch, for cancelling it.</summary>
    object Target { get; }

    bool IsOpen { get; }

    /// <summary>Gets whether an object mapper reads it without the session.</summary>
    bool IsUntracked => false;

    /// <summary>Closes it because its transaction ends: the remaining rows are not needed.</summary>
    Task GiveUpAsync();

    /// <summary>Closes it because the session ends. The statement is cancelled first, which is far cheaper than reading its
    /// rows (S07). Never throws.</summary>
    Task AbandonAsync();
}
