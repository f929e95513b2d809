using static System.FormattableString;

namespace Millpond.Diagnostics;

/// <summary>Finds values of options that are out of range, and says so in the same words everywhere.</summary>
internal static class OptionFaults
{
    public static void Range(int value, int least, int most, string option, ICollection<string> faults)
    {
        if (value < least || value > most)
        {
            faults.Add(Invariant($"{option} is {value}; use {least} to {most:N0}."));
        }
    }

    public static void Range(TimeSpan value, TimeSpan most, string option, ICollection<string> faults)
    {
        if (value <= TimeSpan.Zero || value > most)
        {
            faults.Add(Invariant($"{option} is {value:c}; use more than zero and at most {most:c} (hours:minutes:seconds)."));
        }
    }

    public static void Range(TimeSpan value, TimeSpan least, TimeSpan most, string option, ICollection<string> faults)
    {
        if (value < least || value > most)
        {
            faults.Add(Invariant($"{option} is {value:c}; use {least:c} to {most:c} (hours:minutes:seconds)."));
        }
    }

    public static void Known<T>(T value, string option, ICollection<string> faults)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            faults.Add($"{option} is {value}; use {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }
}
