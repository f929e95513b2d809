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
        Assert.Equal(EngineConfiguration.Paths.Order(), Paths(engine, "").Order());
        var options = new EngineOptions();
        foreach (var option in engine.GetProperty("properties").EnumerateObject())
        {
            if (option.Value.TryGetProperty("default", out var expected) &&
                typeof(EngineOptions).GetProperty(option.Name) is { } property)
            {
                var actual = string.Create(CultureInfo.InvariantCulture, $"{option.Name} {property.GetValue(options)}");
                Assert.Equal($"{option.Name} {expected}".TrimEnd('0'), actual.TrimEnd('0'));
            }
        }
    }

    private static IEnumerable<string> Paths(JsonElement section, string prefix) =>
        section.GetProperty("properties").EnumerateObject().SelectMany(option =>
            option.Value.TryGetProperty("properties", out _)
                ? Paths(option.Value, $"{prefix}{option.Name}:")
                : [$"{prefix}{option.Name}"]);
}
