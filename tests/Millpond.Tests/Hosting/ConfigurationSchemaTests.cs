using System.Globalization;
using System.Text.Json;
using Millpond.Hosting.Configuration;
using Millpond.Tests.Architecture;
using Xunit;

namespace Millpond.Tests.Hosting;

/// <summary>The schema by which editors complete section <c>Millpond</c>.</summary>
public sealed class ConfigurationSchemaTests
{
    [Fact]
    public void The_schema_has_every_option_of_the_configuration_with_its_default()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "src", "Millpond", "ConfigurationSchema.json"));
        using var schema = JsonDocument.Parse(text);
        var engine = schema.RootElement.GetProperty("properties").GetProperty("Millpond").GetProperty("additionalProperties");

        var options = Options(engine, "").ToDictionary(static one => one.Path, static one => one.Default);

        Assert.Equal(EngineConfiguration.Paths.Order(), options.Keys.Order());
        Assert.All(options, static one => Assert.Equal((one.Key, Actual(one.Key)), (one.Key, one.Value)));
    }

    private static IEnumerable<(string Path, string? Default)> Options(JsonElement section, string prefix) =>
        section.GetProperty("properties").EnumerateObject().SelectMany(option =>
            option.Value.TryGetProperty("properties", out _)
                ? Options(option.Value, $"{prefix}{option.Name}:")
                : [($"{prefix}{option.Name}", option.Value.TryGetProperty("default", out var value) ? value.ToString() : null)]);

    /// <summary>Returns an option's default as the configuration writes it; null if it is not set.</summary>
    private static string? Actual(string path)
    {
        object? value = path == nameof(MillpondSettings.DisableHealthChecks) ? new MillpondSettings() : new EngineOptions();
        foreach (var name in path.Split(':'))
        {
            value = value!.GetType().GetProperty(name)!.GetValue(value);
        }

        return value is TimeSpan time
            ? time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "c" : @"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture)
            : Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } other ? other : null;
    }
}
