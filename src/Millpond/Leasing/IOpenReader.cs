namespace Millpond.Leasing;

/// <summary>A reader of a session, as the session's books know it.</summary>
internal interface IOpenReader
{
    /// <summary>Gets the text of the command it reads.</summary>
    string Text { get; }

    /// <summary>Gets the provider's command or batch, for cancelling it.</summary>
    object Target { get; }

    bool IsOpen { get; }

    /// <summary>Gets whether an object mapper reads it past the session.</summary>
    bool IsUnseen => false;

    /// <summary>Closes it for a transaction that ends over it: nobody wants the rest of its rows.</summary>
    Task GiveUpAsync();

    /// <summary>Closes it for a session that ends. The statement is cancelled first, which is far cheaper than reading past its
    /// rows (S07). Never throws.</summary>
    Task AbandonAsync();
}
