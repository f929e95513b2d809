using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Leasing.Findings;

/// <summary>Finds sessions that hold a connection idle while their code awaits an HTTP call.</summary>
/// <remarks>It listens to the start and the end of each request of <c>HttpClient</c> in the process. It enables no activity, so
/// requests are sent with the headers they would have anyway.</remarks>
internal sealed class OutgoingCalls : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    // Shorter calls cost the pool little.
    private static readonly TimeSpan Threshold = TimeSpan.FromMilliseconds(100);

    private const string Started = "System.Net.Http.HttpRequestOut.Start";
    private const string Stopped = "System.Net.Http.HttpRequestOut.Stop";

    private static readonly HttpRequestOptionsKey<Call> Key = new("Millpond.Call");
    private static readonly Lazy<IDisposable> Subscription =
        new(() => DiagnosticListener.AllListeners.Subscribe(new OutgoingCalls()));

    /// <summary>Begins to listen. Further calls have no effect.</summary>
    public static void Watch() => _ = Subscription.Value;

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "HttpHandlerDiagnosticListener")
        {
            value.Subscribe(this, static (name, _, _) => name is Started or Stopped);
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (SessionFlow.Current is not { } flow || RequestOf(value.Value) is not { } request)
        {
            return;
        }

        if (value.Key == Started && flow.FindAny() is { } lease)
        {
            request.Options.Set(Key, new Call(lease, lease.Owner.Use.GetActivity().Commands, lease.Services.Time.GetTimestamp()));
        }
        else if (value.Key == Stopped && request.Options.TryGetValue(Key, out var call))
        {
            End(call, request);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private static void End(Call call, HttpRequestMessage request)
    {
        var lease = call.Lease;
        var took = lease.Services.Time.GetElapsedTime(call.Began);
        var activity = lease.Owner.Use.GetActivity();
        if (took < Threshold || lease.IsOutsideFlow || activity.IsRunning || activity.Commands != call.Commands)
        {
            return;
        }

        var name = $"{request.Method} {request.RequestUri?.Host}";   // no path: it may contain what is secret
        var operation = lease.Owner.Origin.Operation;
        lease.Services.Telemetry.Findings.Add(
            FindingKind.HeldWhileWaiting,
            operation,
            name,
            SessionFindings.HeldWhileWaiting,
            (operation, name, took, activity.Site));
    }

    [UnconditionalSuppressMessage(
        "Trimming", "IL2075", Justification = "System.Net.Http keeps the properties of its payloads (DynamicDependency).")]
    private static HttpRequestMessage? RequestOf(object? payload) =>
        payload?.GetType().GetProperty("Request")?.GetValue(payload) as HttpRequestMessage;

    private sealed record Call(SessionLease Lease, int Commands, long Began);
}
