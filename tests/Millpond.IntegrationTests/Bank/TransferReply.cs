using System.Text.Json;

namespace Millpond.IntegrationTests.Bank;

/// <summary>What a client makes of the answer to a transfer, or of none.</summary>
internal sealed record TransferReply(TransferFate Fate, string What, long? Id = null)
{
    public const string LacksMoney = "409";
    public const string Conflict = "503 MILL3005";
    public const string RolledBack = "500 MILL3006 rolledBack";
    public const string NotThere = "nobody there";
    public const string Cut = "cut";
    public const string Late = "late";

    /// <summary>What three tries can all end with: a conflict, or a commit that the server says was rolled back (S18).</summary>
    public static readonly string[] AfterAttempts = [Conflict, RolledBack];

    private const string CommitOutcome = "MILL3006";

    /// <summary>Reads an answer. Only what the bank documents is understood.</summary>
    public static TransferReply Of(Answer answer, long from, long to, long amount, bool lacksMoney)
    {
        var told = $"{answer.Status} {answer.Header("Content-Type")}: {answer.Text}";
        try
        {
            return answer.Status switch
            {
                201 when !lacksMoney && Read(answer, from, to, amount) is { } id => new(TransferFate.Made, "201", id),
                409 when lacksMoney => new(TransferFate.Refused, LacksMoney),
                503 when IsProblem(answer, out var code) && int.Parse(answer.Header("Retry-After") ?? "0") >= 1 =>
                    new(TransferFate.Refused, $"503 {code}"),
                500 when IsProblem(answer, out var code) && code == CommitOutcome && Outcome(answer) is "unknown" =>
                    new(TransferFate.Unknown, $"500 {code}"),
                500 when IsProblem(answer, out var code) && code == CommitOutcome && Outcome(answer) is "rolledBack" =>
                    new(TransferFate.Refused, RolledBack),
                _ => new(TransferFate.Wrong, told),
            };
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or FormatException)
        {
            return new(TransferFate.Wrong, told);
        }
    }

    private static long? Read(Answer answer, long from, long to, long amount)
    {
        var (json, id) = (answer.Json, answer.Json.GetProperty("id").GetInt64());
        return (json.GetProperty("from").GetInt64(), json.GetProperty("to").GetInt64(), json.GetProperty("amount").GetInt64())
            == (from, to, amount) ? id : null;
    }

    private static string? Outcome(Answer answer) => answer.Json.GetProperty("outcome").GetString();

    private static bool IsProblem(Answer answer, out string code)
    {
        code = answer.Header("Content-Type") == "application/problem+json" ? answer.Json.GetProperty("code").GetString()! : "";
        return code.StartsWith("MILL", StringComparison.Ordinal);
    }
}
