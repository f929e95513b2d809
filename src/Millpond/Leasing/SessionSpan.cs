using System.Diagnostics;
using Millpond.Telemetry;

namespace Millpond.Leasing;

/// <summary>The span of a session's use of a connection: from the wait for it until its return.</summary>
/// <remarks>A child of the span that was current when the session needed its connection. It never becomes current itself, so
/// the driver's spans of the statements are its siblings, and the user's own spans keep their children. Without a listener
/// nothing is created.</remarks>
internal static class SessionSpan
{
    private static readonly ActivitySource Source = new(MetricNames.Source);

    /// <summary>Starts the span of a session that did not wait.</summary>
    public static Activity? Start(string engineName, long id, SessionOrigin origin) =>
        Source.HasListeners() ? Granted(Create(engineName, id, origin)) : null;

    /// <summary>Starts the span of a session that waits.</summary>
    public static Activity? StartQueued(string engineName, long id, SessionOrigin origin)
    {
        var span = Source.HasListeners() ? Create(engineName, id, origin) : null;
        span?.AddEvent(new ActivityEvent("queued"));
        return span;
    }

    public static Activity? Granted(Activity? span) => span?.AddEvent(new ActivityEvent("granted"));

    /// <summary>Records the first command on the connection.</summary>
    public static void FirstCommand(Activity? span) => span?.AddEvent(new ActivityEvent("first_command"));

    /// <summary>Records that COMMIT is sent.</summary>
    public static void Commit(Activity? span) => span?.AddEvent(new ActivityEvent("commit"));

    public static void EndsAs(Activity? span, SessionOutcome outcome) =>
        span?.SetTag(MetricNames.Outcome, EngineInstruments.NameOf(outcome));

    public static void End(Activity? span, int commands)
    {
        span?.SetTag(MetricNames.SessionCommands, commands);
        Stop(span);
    }

    /// <summary>Ends the span of a session that got no connection.</summary>
    public static void Fail(Activity? span, Exception error)
    {
        span?.SetStatus(ActivityStatusCode.Error, error.GetType().Name);
        span?.SetTag("error.type", error.GetType().FullName);
        Stop(span);
    }

    /// <remarks>A listener's callbacks run here and in <see cref="Stop"/>. If they throw, the session is not affected.</remarks>
    private static Activity? Create(string engineName, long id, SessionOrigin origin)
    {
        var around = Activity.Current;
        try
        {
            var span = Source.StartActivity("session");
            if (span is { IsAllDataRequested: true })
            {
                span.SetTag(MetricNames.PoolName, engineName);
                span.SetTag(MetricNames.SessionId, id);
                span.SetTag(MetricNames.Operation, origin.Operation);
            }

            return span;
        }
        catch (Exception)
        {
            return null;
        }
        finally
        {
            Activity.Current = around;
        }
    }

    private static void Stop(Activity? span)
    {
        var around = Activity.Current;
        try
        {
            span?.Dispose();
        }
        catch (Exception)
        {
            // The listener's own fault.
        }
        finally
        {
            Activity.Current = around;
        }
    }
}
