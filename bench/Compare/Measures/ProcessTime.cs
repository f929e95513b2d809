using System.Globalization;

namespace Millpond.Compare.Measures;

/// <summary>The CPU time of a process, including its ended children.</summary>
internal static class ProcessTime
{
    private const double TicksPerSecond = 100;   // USER_HZ, the same on every Linux that runs .NET

    /// <summary>Gets the user and system time so far, in microseconds.</summary>
    public static double Microseconds(int id)
    {
        var text = File.ReadAllText($"/proc/{id}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return fields[11..15].Sum(static field => long.Parse(field, CultureInfo.InvariantCulture)) * 1_000_000 / TicksPerSecond;
    }
}
