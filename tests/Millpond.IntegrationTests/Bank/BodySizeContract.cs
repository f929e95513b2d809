using System.Globalization;
using System.Text;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class BodySizeContract(BankFixture bank)
{
    private const int Limit = 64 * 1024;
    private const string Post = "POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    private const string Chunked = Post + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    private readonly BankClient _bank = bank.Client;

    [Fact]
    public async Task A_body_of_64_KiB_is_accepted_and_one_more_byte_is_413()
    {
        Assert.Equal(201, (await _bank.SendAsync("POST", "/accounts", Padded(Limit), BankClient.Json)).Status);

        (await _bank.SendAsync("POST", "/accounts", Padded(Limit + 1), BankClient.Json)).AssertProblem(413);
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_limited_while_it_is_read()
    {
        Assert.StartsWith("HTTP/1.1 201 ", await SendInChunksAsync(Limit), StringComparison.Ordinal);

        var refused = await SendInChunksAsync(Limit + 1);

        Assert.StartsWith("HTTP/1.1 413 ", refused, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/problem+json", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_whose_Content_Length_is_too_large_is_413_before_it_is_sent()
    {
        var answer = await RawClient.AskAsync(
            _bank.Address, Post + "Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_post_without_a_body_is_400()
    {
        (await _bank.SendAsync("POST", "/accounts")).AssertInvalid("body");
        var chunked = await RawClient.AskAsync(_bank.Address, Chunked + "0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", chunked, StringComparison.Ordinal);
        Assert.Contains("\"errors\":{\"body\":[", chunked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("-1")]
    [InlineData("ffffffffffffffffff")]
    public async Task A_body_in_broken_chunks_is_400_with_errors(string size)
    {
        var answer = await RawClient.AskAsync(_bank.Address, Chunked + size + "\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"errors\":{\"body\":[", answer, StringComparison.Ordinal);
    }

    private static byte[] Padded(int length)
    {
        var body = new byte[length];
        body.AsSpan().Fill((byte)' ');
        """{"owner":"ada","balance":1}"""u8.CopyTo(body);
        return body;
    }

    private Task<string> SendInChunksAsync(int length)
    {
        var request = new StringBuilder(Chunked);
        foreach (var chunk in Padded(length).Chunk(1000))
        {
            request.Append(CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n")
                .Append(Encoding.Latin1.GetString(chunk)).Append("\r\n");
        }

        return RawClient.AskAsync(_bank.Address, request.Append("0\r\n\r\n").ToString());
    }

    [Collection(SqliteBank.Name)]
    public sealed class OnSqlite(SqliteBank bank) : BodySizeContract(bank);

    [Collection(PostgresBank.Name)]
    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql(PostgresBank bank) : BodySizeContract(bank);
}
