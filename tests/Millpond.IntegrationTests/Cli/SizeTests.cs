using Xunit;

namespace Millpond.IntegrationTests.Cli;

/// <summary><c>millpond size</c>.</summary>
public sealed class SizeTests
{
    [Fact]
    public async Task Size_calculates_the_connections_that_a_load_needs() => Assert.Equal(
        (0,
            """
            300 sessions a second that hold a connection for 100 ms keep 30 busy on average.
            With 42 connections, 99 of 100 wait no longer than 10 ms.
            80 % of the time is idle: if sessions held no connection then, 11 would do.

            """,
            ""),
        await MillpondTool.RunAsync("size", "--rate", "300", "--hold", "0.1s", "--wait", "10ms", "--idle", "80%"));

    [Theory]
    [InlineData("Command 'size' is missing required option 'rate'. See millpond --help.")]
    [InlineData("Unknown command 'sise'. See millpond --help.", "sise")]
    [InlineData("--hold is 'long'; give a duration up to a day, such as 20ms or 0.5s.", "--rate", "3", "--hold", "long")]
    [InlineData("--idle is '120%'; give a share, such as 60% or 0.6.", "--rate", "3", "--hold", "1", "--idle", "120%")]
    [InlineData("The rate must be 0 to 1,000,000 sessions per second.", "--rate", "-1", "--hold", "1ms")]
    [InlineData("100000 such sessions per second need over 100000 connections.", "--rate", "100000", "--hold", "2m")]
    public async Task Invalid_usage_is_reported_in_one_sentence_with_exit_code_2(string error, params string[] arguments) =>
        Assert.Equal(
        (2, "", error), await MillpondTool.RunAsync(arguments is ["sise"] ? arguments : ["size", .. arguments]));
}
