using Millpond.PackageTests.Feed;
using Xunit;

namespace Millpond.PackageTests;

/// <summary>An older driver or provider of EF Core beside the packages.</summary>
public sealed class OldPackageTests(PackageFeed feed)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_older_Npgsql_fails_the_restore_with_both_versions()
    {
        var folder = await CreateAsync("OldNpgsql", ("Npgsql", "9.0.3"), ("Millpond.PostgreSql", feed.Version));

        var (code, output) = await Dotnet.TryAsync(folder, "restore");

        Assert.NotEqual(0, code);
        Assert.Contains("NU1605", output, StringComparison.Ordinal);
        Assert.Contains("Npgsql from 10.0.3 to 9.0.3", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_EF_Core_provider_fails_the_start_with_the_version_to_install()
    {
        var folder = await CreateAsync(
            "OldProvider",
            ("Microsoft.EntityFrameworkCore.Sqlite", "9.0.23"),
            ("Millpond.AspNetCore", feed.Version),
            ("Millpond.EntityFrameworkCore", feed.Version),
            ("Millpond.Sqlite", feed.Version));
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), """
            using Microsoft.EntityFrameworkCore;
            using Millpond;

            var builder = WebApplication.CreateBuilder(args);
            builder.Services.AddMillpond(o => o.UseSqlite("sqlite:old.db"));
            builder.Services.AddSessionDbContext<OldContext>((_, o) => o.UseSqlite());
            var app = builder.Build();
            app.UseMillpond();
            app.Run();

            class OldContext(DbContextOptions<OldContext> options) : DbContext(options);
            """, Token);
        await Dotnet.BuildAsync(folder, "build", "--output", "built");

        var (code, output) = await Command.TryAsync(
            folder, Path.Combine(folder, "built", "OldProvider"), "--urls", "http://127.0.0.1:0");

        Assert.NotEqual(0, code);
        Assert.Contains(
            "OldContext uses Microsoft.EntityFrameworkCore.Sqlite 9.0.23.0, which is built for EF Core 9, but the application " +
            "runs EF Core 10. Install version 10 of the package.",
            output,
            StringComparison.Ordinal);
    }

    private async Task<string> CreateAsync(string name, params (string Name, string Version)[] packages)
    {
        var folder = feed.CreateFolder(name);
        var references = packages.Select(static one => $"<PackageReference Include=\"{one.Name}\" Version=\"{one.Version}\" />");
        await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <NoWarn>$(NoWarn);NU1901;NU1902;NU1903;NU1904</NoWarn>
              </PropertyGroup>
              <ItemGroup>
                {string.Concat(references)}
              </ItemGroup>
            </Project>
            """, Token);
        return folder;
    }
}
