namespace Millpond.Leasing;

/// <summary>Who opened a session, and under what circumstances.</summary>
internal class SessionOrigin
{
    /// <summary>Gets the name people know it by: <c>POST /transfers</c>, or a method with its file and line.</summary>
    public virtual string Operation
    {
        get => field ??= Site.ToString();   // hardly any session is ever talked about
        init;
    }

    /// <summary>Gets or sets the services of its scope; null: it has none.</summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>Gets where it was opened; none where something else names it.</summary>
    public CodeSite Site { get; init; }

    /// <summary>Gets the token that ends waiting and running commands: the request's abort, or the caller's own.</summary>
    public CancellationToken Aborted { get; init; }

    /// <summary>Gets whether <see cref="SessionAccess.Auto"/> begins as a writer.</summary>
    public bool BeginsAsWriter { get; init; } = true;

    /// <summary>Gets whether it is a further try, which begins as a writer and so meets no second conflict (G32).</summary>
    public bool IsAgain { get; init; }

    /// <summary>Gets why nobody will commit what the session does, so that it only reads (S24); null: somebody will.</summary>
    public virtual string? Uncommitted => null;

    /// <summary>
    /// Gets whether somebody commits or rolls back for the user, so that a session found open at disposal is a fault.
    /// </summary>
    public bool IsManaged { get; init; }

    /// <summary>Gets what ended the work that it follows, for whoever uses it after its own end (S08); null: none.</summary>
    public string? EndedBefore { get; init; }
}
