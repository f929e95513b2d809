using System.Runtime.InteropServices;

namespace Millpond.Load.CommandLine;

/// <summary>Turns Ctrl+C and its kin into a token, so that a run ends in order and stops what it started.</summary>
public sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _signals;

    /// <summary>Listens from now on.</summary>
    public Interruption() => _signals =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, End),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, End),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, End),
    ];

    /// <summary>Gets the token that a signal cancels.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Listens no more.</summary>
    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _source.Dispose();
    }

    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        _source.Cancel();
    }
}
