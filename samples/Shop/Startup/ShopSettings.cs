namespace Shop.Startup;

/// <summary>The shop's own settings in section <c>Shop</c>.</summary>
/// <param name="Mails">The file that takes the place of a mail server.</param>
internal sealed record ShopSettings(string Mails)
{
    private const string Section = "Shop";

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">A setting is invalid or unknown.</exception>
    public static ShopSettings Read(IConfiguration configuration, string contentRoot)
    {
        var section = configuration.GetSection(Section);
        var unknown = section.GetChildren().FirstOrDefault(
            one => !one.Key.Equals(nameof(Mails), StringComparison.OrdinalIgnoreCase));
        if (unknown is not null)
        {
            throw new InvalidOperationException($"{unknown.Path} is not a setting; use {Section}:{nameof(Mails)}.");
        }

        var mails = section[nameof(Mails)] ?? "mails.txt";
        return mails.Length > 0
            ? new ShopSettings(Path.GetFullPath(mails, contentRoot))
            : throw new InvalidOperationException($"{Section}:{nameof(Mails)} is empty; name a file.");
    }
}
