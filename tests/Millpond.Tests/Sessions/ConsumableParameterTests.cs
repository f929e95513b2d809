using System.IO.Pipelines;
using Microsoft.Data.Sqlite;
using Millpond.Sessions;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>Which parameters a second sending would store empty.</summary>
public sealed class ConsumableParameterTests
{
    [Fact]
    public void S19_What_can_be_read_once_only_is_found_also_inside_a_value()
    {
        using var stream = new MemoryStream();
        using var text = new StringReader("text");
        Assert.Equal("MemoryStream", Find(1, stream));
        Assert.Equal("StringReader", Find(text));
        Assert.Equal("StreamPipeReader", Find(PipeReader.Create(stream)));
        Assert.Equal("StringReader", Find(new object?[] { null, new List<TextReader> { text } }));
        Assert.NotNull(Find(Enumerable.Range(0, 3).Where(static number => number > 1)));
    }

    [Fact]
    public void S19_Everything_else_may_be_sent_again() => Assert.Null(
        Find(null, DBNull.Value, 1, "text", new byte[] { 1 }, new[] { "a", "b" }, new List<int> { 1 }, DateTime.MinValue));

    private static string? Find(params object?[] values)
    {
        using var command = new SqliteCommand();
        foreach (var value in values)
        {
            command.Parameters.Add(new SqliteParameter { Value = value });
        }

        return ConsumableParameter.In(command);
    }
}
