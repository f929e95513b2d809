using System.Text.Json;

namespace Millpond.Load.Reports;

/// <summary>The report as JSON.</summary>
internal static class LoadJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Every property name contains its unit.</summary>
    public static string Write(LoadReport report) => JsonSerializer.Serialize(
        new
        {
            report.Sent,
            report.NotSent,
            SentPerSecond = Math.Round(report.SentPerSecond, 3),
            DonePerSecond = Math.Round(report.Goodput, 3),
            SendingSeconds = report.Sending.TotalSeconds,
            WholeSeconds = report.Whole.TotalSeconds,
            LatencyMs = report.Latency,
            LagMs = report.Lag,
            Void = report.IsVoid,
            report.Interrupted,
            Outcomes = report.Outcomes.Select(row => new
            {
                row.Outcome.Name,
                Kind = JsonNamingPolicy.CamelCase.ConvertName(row.Outcome.Kind.ToString()),
                row.Count,
                LatencyMs = row.Latency,
            }),
        },
        Options);
}
