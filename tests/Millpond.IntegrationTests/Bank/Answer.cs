using System.Text.Json;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>What the bank answered.</summary>
internal sealed record Answer(int Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>Asserts that this is an error in the one form that all errors have.</summary>
    public JsonElement AssertProblem(int status)
    {
        Assert.Equal((status, "application/problem+json"), (Status, Header("Content-Type")));
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        Assert.NotEqual("", Json.GetProperty("title").GetString());
        return Json;
    }

    /// <summary>Asserts that this is a 400 whose errors are of exactly these members.</summary>
    public void AssertInvalid(params string[] members)
    {
        var errors = AssertProblem(400).GetProperty("errors");
        Assert.Equal(members.Order(), errors.EnumerateObject().Select(e => e.Name).Order());
        Assert.All(errors.EnumerateObject(), e => Assert.NotEqual("", Assert.Single(e.Value.EnumerateArray()).GetString()));
    }
}
