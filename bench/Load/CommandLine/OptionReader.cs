using System.Globalization;

namespace Millpond.Load.CommandLine;

/// <summary>Reads <c>--name value</c> and <c>--name=value</c>; each option once, none that nobody knows.</summary>
public sealed class OptionReader
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Takes the arguments apart.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="known">The names of options with a value, without their dashes; a name ending in <c>!</c> takes none.</param>
    /// <exception cref="UsageException">An option is unknown, given twice or has no value.</exception>
    public OptionReader(IReadOnlyList<string> arguments, params string[] known)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var parts = arguments[i].Split('=', 2);
            if (!parts[0].StartsWith("--", StringComparison.Ordinal))
            {
                throw new UsageException($"'{arguments[i]}' is no option: options begin with --.");
            }

            var name = parts[0][2..];
            string value;
            if (known.Contains(name + "!"))
            {
                value = parts.Length == 1 ? "" : throw new UsageException($"--{name} takes no value.");
            }
            else if (!known.Contains(name))
            {
                throw new UsageException($"There is no option --{name}.");
            }
            else
            {
                value = parts.Length == 2 ? parts[1]
                    : i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal) ? arguments[++i]
                    : throw new UsageException($"--{name} needs a value.");
            }

            if (!_values.TryAdd(name, value))
            {
                throw new UsageException($"--{name} is given twice.");
            }
        }
    }

    /// <summary>Whether an option was given.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The text of an option; null where it was not given.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>The folder of an option, or another where it was not given.</summary>
    /// <exception cref="UsageException">It is blank.</exception>
    public string Folder(string name, string other) =>
        Text(name) is not { } folder ? other
        : folder.Trim().Length > 0 ? folder
        : throw new UsageException($"--{name} needs a folder.");

    /// <summary>A number in an option; null where it was not given.</summary>
    /// <exception cref="UsageException">It is no number, or out of range.</exception>
    public double? Number(string name, double least, double most)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
                ? number
                : throw new UsageException(Wrong(name, text, "a number", least, most));
    }

    /// <summary>A whole number in an option; null where it was not given.</summary>
    /// <exception cref="UsageException">It is no whole number, or out of range.</exception>
    public int? Whole(string name, int least, int most)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
                ? number
                : throw new UsageException(Wrong(name, text, "a whole number", least, most));
    }

    /// <summary>A time in an option; null where it was not given.</summary>
    /// <exception cref="UsageException">It is no number, or out of range.</exception>
    public TimeSpan? Seconds(string name, double least, double most) =>
        Number(name, least, most) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>A time in an option; null where it was not given.</summary>
    /// <exception cref="UsageException">It is no number, or out of range.</exception>
    public TimeSpan? Milliseconds(string name, double least, double most) =>
        Number(name, least, most) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;

    /// <summary>The address of a server in an option; null where it was not given.</summary>
    /// <exception cref="UsageException">It is no absolute address for HTTP, or holds a password.</exception>
    public Uri? Address(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length > 0)
        {
            throw new UsageException($"--{name} takes no user and no password.");   // it is shown, and kept in logs
        }

        return address is not null
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address.Host.Length > 0
                ? address
                : throw new UsageException($"--{name} needs an address such as http://127.0.0.1:5080, not '{text}'.");
    }

    private static string Wrong(string name, string text, string kind, double least, double most) => string.Create(
        CultureInfo.InvariantCulture, $"--{name} needs {kind} from {least} to {most}, not '{text}'.");
}
