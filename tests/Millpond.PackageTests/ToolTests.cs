using Millpond.PackageTests.Feed;
using Xunit;

namespace Millpond.PackageTests;

/// <summary>The tool, installed from its package.</summary>
public sealed class ToolTests(PackageFeed feed)
{
    [Fact]
    public async Task The_tool_is_installed_from_its_package_and_runs()
    {
        var folder = feed.CreateFolder("tool");
        await Dotnet.RunAsync(folder, "tool", "install", "Millpond.Cli", "--tool-path", folder, "--version", feed.Version);

        var output = await Command.RunAsync(
            folder, Path.Combine(folder, "millpond"), "size", "--rate", "300", "--hold", "20ms", "--wait", "10ms");

        Assert.Contains("With 11 connections, 99 of 100 wait no longer than 10 ms.", output, StringComparison.Ordinal);
    }
}
