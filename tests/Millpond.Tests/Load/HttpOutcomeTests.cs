using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Millpond.Load.Outcomes;
using Xunit;

namespace Millpond.Tests.Load;

public sealed class HttpOutcomeTests
{
    [Theory]
    [InlineData(200, null, "200 OK", OutcomeKind.Done)]
    [InlineData(201, null, "201 Created", OutcomeKind.Done)]
    [InlineData(304, null, "304 NotModified", OutcomeKind.Unknown)]
    [InlineData(404, null, "404 NotFound", OutcomeKind.Refused)]
    [InlineData(409, null, "409 Conflict", OutcomeKind.Refused)]
    [InlineData(500, null, "500 InternalServerError", OutcomeKind.Refused)]
    [InlineData(500, "MILL3006", "500 MILL3006", OutcomeKind.Unknown)]
    [InlineData(502, null, "502 BadGateway", OutcomeKind.Unknown)]
    [InlineData(503, "MILL1001", "503 MILL1001", OutcomeKind.Refused)]
    [InlineData(504, null, "504 GatewayTimeout", OutcomeKind.Unknown)]
    [InlineData(599, null, "599", OutcomeKind.Unknown)]
    public void A_response_is_named_by_its_status_and_its_code(int status, string? code, string name, OutcomeKind kind) =>
        Assert.Equal(new Outcome(name, kind), HttpOutcome.OfAnswer((HttpStatusCode)status, code));

    [Theory]
    [InlineData("application/problem+json", """{"status":503,"code":"MILL1001"}""", "MILL1001")]
    [InlineData("application/problem+json; charset=utf-8", """{"code":"MILL2001"}""", "MILL2001")]
    [InlineData("application/problem+json", """{"status":503}""", null)]
    [InlineData("application/problem+json", """{"code":7}""", null)]
    [InlineData("application/problem+json", """["MILL1001"]""", null)]
    [InlineData("application/problem+json", """{"code":"MILL""", null)]
    [InlineData("application/problem+json", "", null)]
    [InlineData("application/problem+json", """{"code":"\u001b[31mMILL1001"}""", null)]
    [InlineData("application/problem+json", """{"code":"MILL10010000000000000000000000001"}""", null)]
    [InlineData("application/problem+json", """{"code":""}""", null)]
    [InlineData("application/json", """{"code":"MILL1001"}""", null)]
    public void A_code_is_read_only_from_a_problem_document(string type, string body, string? code) =>
        Assert.Equal(code, HttpOutcome.CodeOf(MediaTypeHeaderValue.Parse(type), Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void A_request_that_never_reached_the_server_was_not_made_and_a_broken_one_may_have_been()
    {
        Assert.Equal(new("connection refused", OutcomeKind.Refused), OfSocket(SocketError.ConnectionRefused));
        Assert.Equal(new("unknown host", OutcomeKind.Refused), OfSocket(SocketError.HostNotFound));
        Assert.Equal(new("connection reset", OutcomeKind.Unknown), OfSocket(SocketError.ConnectionReset));
        Assert.Equal(
            new("connection closed", OutcomeKind.Unknown),
            HttpOutcome.OfFailure(new HttpRequestException(HttpRequestError.ResponseEnded)));
        Assert.Equal(
            new("connect timeout", OutcomeKind.Refused),
            HttpOutcome.OfFailure(new TaskCanceledException("", new TimeoutException())));
        Assert.Equal(
            new("InvalidOperationException", OutcomeKind.Unknown), HttpOutcome.OfFailure(new InvalidOperationException()));
    }

    private static Outcome OfSocket(SocketError error) =>
        HttpOutcome.OfFailure(new HttpRequestException("", new IOException("", new SocketException((int)error))));
}
