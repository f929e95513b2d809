using static System.FormattableString;

namespace Millpond.Diagnostics;

/// <summary>Collects the faults of options, with the same wording for all of them.</summary>
/// <param name="describe">Adds the source of the value to an option's name; null if sources are unknown.</param>
internal sealed class OptionFaults(Func<string, object, string>? describe = null)
{
    public List<string> All { get; } = [];

    public void Range(int value, int min, int max, string option)
    {
        if (value < min || value > max)
        {
            All.Add(Invariant($"{Name(option, value)} is {value}; use {min} to {max:N0}."));
        }
    }

    public void Range(TimeSpan value, TimeSpan max, string option)
    {
        if (value <= TimeSpan.Zero || value > max)
        {
            All.Add(Invariant($"{Name(option, value)} is {value:c}; use more than zero and at most {max:c} ") +
                "(hours:minutes:seconds).");
        }
    }

    public void Range(TimeSpan value, TimeSpan min, TimeSpan max, string option)
    {
        if (value < min || value > max)
        {
            All.Add(Invariant($"{Name(option, value)} is {value:c}; use {min:c} to {max:c} (hours:minutes:seconds)."));
        }
    }

    public void Known<T>(T value, string option)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            All.Add($"{Name(option, value)} is {value}; use {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }

    public string Name(string option, object value) => describe?.Invoke(option, value) ?? option;
}
