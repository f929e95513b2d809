using Microsoft.Playwright;
using Xunit;

[assembly: AssemblyFixture(typeof(Millpond.BrowserTests.Browser))]

namespace Millpond.BrowserTests;

/// <summary>Debian's Chromium without a window, for all tests.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Find(),
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [],   // root has none
        });
    }

    /// <summary>Opens a page and waits for its first numbers.</summary>
    public async Task<IPage> OpenAsync(Uri address, int width = 1440, ColorScheme scheme = ColorScheme.Light)
    {
        var page = await _browser!.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
        });
        page.SetDefaultTimeout(20_000);
        await page.GotoAsync(address.ToString());
        await page.Locator("#headline b").WaitForAsync();
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        _playwright?.Dispose();
    }

    private static string Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(static folder => (string[])[Path.Combine(folder, "chromium"), Path.Combine(folder, "chromium-browser")])
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("The browser tests need chromium on the PATH: see ./test.");
}
