namespace Millpond.Hosting;

/// <summary>What is checked when the host has started: a failure stops it.</summary>
internal sealed class StartChecks
{
    private readonly List<Action> _checks = [];

    public void Add(Action check) => _checks.Add(check);

    public void Run() => _checks.ForEach(static check => check());
}
