namespace Bank.Startup;

/// <summary>The bank's own settings in section <c>Bank</c>.</summary>
/// <param name="Serializable">Whether transfers are serializable and are retried after a conflict.</param>
/// <param name="Receipts">The file that receives a line for each transfer; null for none.</param>
/// <param name="LivePage">Whether everyone may read the live page; null for this machine only, and only in Development.</param>
internal sealed record BankSettings(bool Serializable, string? Receipts, bool? LivePage)
{
    private const string Section = "Bank";

    private static readonly string[] Names = [nameof(LivePage), nameof(Receipts), nameof(Serializable)];

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">A setting is invalid or unknown.</exception>
    public static BankSettings Read(IConfiguration configuration, string contentRoot)
    {
        var section = configuration.GetSection(Section);
        foreach (var one in section.GetChildren())
        {
            if (!Names.Contains(one.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw new InvalidOperationException(
                    $"{one.Path} is not a setting; use {string.Join(", ", Names[..^1])} or {Names[^1]}.");
            }
        }

        var receipts = section[nameof(Receipts)] ?? "receipts.log";
        return new BankSettings(
            Flag(section, nameof(Serializable)) ?? false,
            receipts.Length > 0 ? Path.GetFullPath(receipts, contentRoot) : null,
            Flag(section, nameof(LivePage)));
    }

    private static bool? Flag(IConfigurationSection section, string name) =>
        section[name] is not { } text ? null
        : bool.TryParse(text, out var value) ? value
        : throw new InvalidOperationException($"{Section}:{name} is '{text}'; use true or false.");
}
