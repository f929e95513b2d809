namespace Millpond.Soak.Reports;

/// <summary>A result that a run has to show.</summary>
/// <param name="Sentence">The result in one sentence.</param>
/// <param name="IsGood">Whether it is as required; null if it was not evaluated.</param>
internal sealed record Verdict(string Sentence, bool? IsGood)
{
    public string Word => IsGood switch
    {
        true => "good",
        false => "BAD",
        null => "not judged",
    };
}
