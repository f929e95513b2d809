using System.Net;
using System.Text;
using Millpond.Load.Outcomes;
using Millpond.Soak.Load;
using Xunit;

namespace Millpond.Tests.Soak;

/// <summary>Which answers the soak lets pass.</summary>
public sealed class AnswerJudgeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_2xx_response_passes_unless_its_body_is_wrong()
    {
        Assert.Equal(EndKind.Done, Judge(SoakRecords.Kind, 201, "201 Created").Kind);
        var picky = SoakRecords.Kind with { FindFault = static _ => "too few rows" };
        var wrong = Judge(picky, 200, "200 OK");
        Assert.Equal((EndKind.Wrong, "200 OK with too few rows", false), (wrong.Kind, wrong.Name, wrong.IsRefusal));
    }

    [Fact]
    public void An_endpoint_with_a_required_status_accepts_no_other()
    {
        var failing = SoakRecords.Failing;
        var right = Judge(failing, 500, "500 Internal Server Error");
        Assert.Equal((EndKind.Expected, true), (right.Kind, right.IsRefusal));
        Assert.Equal((EndKind.Wrong, false), KindAndRefusal(Judge(failing, 201, "201 Created")));
        Assert.Equal(EndKind.Wrong, Judge(failing, 404, "404 Not Found").Kind);
        Assert.Equal(EndKind.TurnedAway, Judge(failing, 503, "503 MILL1001", Second).Kind);
    }

    [Fact]
    public void A_rejection_is_a_problem_document_with_code_and_Retry_After()
    {
        Assert.Equal((EndKind.TurnedAway, true), KindAndRefusal(Judge(SoakRecords.Kind, 503, "503 MILL1002", Second)));
        foreach (var bad in new[]
        {
            Judge(SoakRecords.Kind, 503, "503 MILL1002", retryAfter: null),
            Judge(SoakRecords.Kind, 503, "503 MILL1002", TimeSpan.Zero),
            Judge(SoakRecords.Kind, 503, "503 Service Unavailable", Second),
            Judge(SoakRecords.Kind, 503, "503 MILL1002", Second, isProblem: false),
        })
        {
            Assert.Equal((EndKind.Wrong, true), KindAndRefusal(bad));
        }
    }

    [Fact]
    public void A_broken_commit_must_report_what_is_known()
    {
        const string broke = "500 MILL3006";
        Assert.Equal((EndKind.CommitBroke, false), KindAndRefusal(Judge(SoakRecords.Kind, 500, broke, body: Outcome("Unknown"))));
        Assert.Equal(
            (EndKind.CommitBroke, true), KindAndRefusal(Judge(SoakRecords.Kind, 500, broke, body: Outcome("rolledBack"))));
        Assert.Equal((EndKind.Wrong, false), KindAndRefusal(Judge(SoakRecords.Kind, 500, broke)));

        static string Outcome(string what) => $$"""{ "outcome": "{{what}}" }""";
    }

    [Theory]
    [InlineData(500, "500 Internal Server Error")]
    [InlineData(400, "400 Bad Request")]
    [InlineData(409, "409 MILL3001")]
    public void Any_other_response_fails_and_still_counts_as_a_rejection(int status, string name) =>
        Assert.Equal((EndKind.Wrong, true), KindAndRefusal(Judge(SoakRecords.Kind, status, name)));

    private static RequestEnding Judge(
        RequestKind kind, int status, string name, TimeSpan? retryAfter = null, string body = "{}", bool isProblem = true) =>
        AnswerJudge.Of(
            kind, new Outcome(name, OutcomeKind.Unknown), new AnswerHead((HttpStatusCode)status, isProblem, retryAfter),
            Encoding.UTF8.GetBytes(body));

    private static (EndKind, bool) KindAndRefusal(RequestEnding ending) => (ending.Kind, ending.IsRefusal);
}
