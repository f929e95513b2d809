namespace Millpond.Leasing;

/// <summary>Where and how a session was opened.</summary>
internal class SessionOrigin
{
    /// <summary>Gets its display name: <c>POST /transfers</c>, or a method with its file and line.</summary>
    public virtual string Operation
    {
        get => field ??= Site.ToString();
        init;
    }

    /// <summary>Gets or sets the services of its scope, or null.</summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>Gets the place where it was opened, if it has no other name.</summary>
    public CodeSite Site { get; init; }

    /// <summary>Gets the token that ends waiting and running commands: the request's abort, or the caller's own.</summary>
    public CancellationToken Aborted { get; init; }

    /// <summary>Gets whether <see cref="SessionAccess.Auto"/> begins as a writer.</summary>
    public bool BeginsAsWriter { get; init; } = true;

    /// <summary>Gets whether it is a retry, which begins as a writer to avoid a second conflict (G32).</summary>
    public bool IsRetry { get; init; }

    /// <summary>Gets why nothing will commit the session, so it is read-only (S24); null if something will.</summary>
    public virtual string? Uncommitted => null;

    /// <summary>Gets whether the session is committed or rolled back automatically, so one that is open at disposal is a
    /// fault.</summary>
    public bool IsManaged { get; init; }

    /// <summary>Gets what ended the previous work, for the error of a use after the end (S08), or null.</summary>
    public string? EndedBefore { get; init; }
}
