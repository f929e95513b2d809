namespace Bank.Startup;

/// <summary>The bank's own settings in section <c>Bank</c>.</summary>
/// <param name="Serializable">Whether transfers are serializable and are retried after a conflict.</param>
/// <param name="Receipts">The file that receives a line for each transfer; null for none.</param>
internal sealed record BankSettings(bool Serializable, string? Receipts)
{
    private const string Section = "Bank";

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">A setting is invalid or unknown.</exception>
    public static BankSettings Read(IConfiguration configuration, string contentRoot)
    {
        var section = configuration.GetSection(Section);
        foreach (var one in section.GetChildren())
        {
            if (!one.Key.Equals(nameof(Serializable), StringComparison.OrdinalIgnoreCase)
                && !one.Key.Equals(nameof(Receipts), StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidOperationException(
                    $"{one.Path} is not a setting; use {nameof(Serializable)} or {nameof(Receipts)}.");
            }
        }

        var serializable = section[nameof(Serializable)] ?? "false";
        var receipts = section[nameof(Receipts)] ?? "receipts.log";
        return bool.TryParse(serializable, out var value)
            ? new BankSettings(value, receipts.Length > 0 ? Path.GetFullPath(receipts, contentRoot) : null)
            : throw new InvalidOperationException($"{Section}:{nameof(Serializable)} is '{serializable}'; use true or false.");
    }
}
