using Millpond.Load.CommandLine;
using Xunit;

namespace Millpond.Tests.Load;

public sealed class OptionReaderTests
{
    private static readonly string[] Known = [.. PlanOptions.Names, "url", "json!"];

    [Fact]
    public void Options_accept_a_space_or_an_equals_sign()
    {
        var options = new OptionReader(["--rate", "2.5", "--seconds=3", "--url", "http://127.0.0.1:5080", "--json"], Known);
        var plan = options.ReadPlan(rate: 200, seconds: 10);

        Assert.Equal((2.5, TimeSpan.FromSeconds(3), null), (plan.Rate, plan.Duration, plan.Clients));
        Assert.Equal(new Uri("http://127.0.0.1:5080"), options.Address("url"));
        Assert.True(options.Has("json"));
    }

    [Fact]
    public void Without_options_the_default_load_is_planned()
    {
        var plan = new OptionReader([], Known).ReadPlan(rate: 200, seconds: 10);

        Assert.Equal((200, TimeSpan.FromSeconds(10), null, 2000), (plan.Rate, plan.Duration, plan.Deadline, plan.Expected));
    }

    [Theory]
    [InlineData("There is no option --rat.", "--rat", "5")]
    [InlineData("'rate' is no option: options begin with --.", "rate")]
    [InlineData("--rate needs a value.", "--rate")]
    [InlineData("--rate needs a value.", "--rate", "--seconds", "5")]
    [InlineData("--rate is given twice.", "--rate", "5", "--rate", "6")]
    [InlineData("--json takes no value.", "--json=yes")]
    [InlineData("--rate needs a number from 0.1 to 100000, not 'many'.", "--rate", "many")]
    [InlineData("--rate needs a number from 0.1 to 100000, not '0'.", "--rate", "0")]
    [InlineData("--rate needs a number from 0.1 to 100000, not '-5'.", "--rate", "-5")]
    [InlineData("--rate needs a number from 0.1 to 100000, not 'NaN'.", "--rate", "NaN")]
    [InlineData("--rate needs a number from 0.1 to 100000, not '1e9'.", "--rate", "1e9")]
    [InlineData("--seconds needs a number from 0.1 to 3600, not '3601'.", "--seconds", "3601")]
    [InlineData("--clients needs a whole number from 1 to 1000, not '1.5'.", "--clients", "1.5")]
    [InlineData("--deadline needs a number from 1 to 600000, not ''.", "--deadline=")]
    [InlineData("--rate (a schedule) and --clients (each waits for its answer) exclude each other.", "--rate=1", "--clients=1")]
    [InlineData("--url needs an address such as http://127.0.0.1:5080, not 'nonsense'.", "--url", "nonsense")]
    [InlineData("--url needs an address such as http://127.0.0.1:5080, not 'ftp://a'.", "--url", "ftp://a")]
    [InlineData("--url takes no user and no password.", "--url", "http://ada:secret@127.0.0.1")]
    [InlineData("--url takes no user and no password.", "--url", "ftp://ada:secret@a")]
    public void An_invalid_option_is_reported_in_one_sentence(string sentence, params string[] arguments)
    {
        var wrong = Assert.Throws<UsageException>(() =>
        {
            var options = new OptionReader(arguments, Known);
            options.ReadPlan(rate: 200, seconds: 10);
            options.Address("url");
        });

        Assert.Equal(sentence, wrong.Message);
    }
}
