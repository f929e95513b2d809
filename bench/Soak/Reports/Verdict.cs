namespace Millpond.Soak.Reports;

/// <summary>One thing that a run is to show.</summary>
/// <param name="Sentence">What was found.</param>
/// <param name="IsGood">Whether it is as it should be; null: it was not judged.</param>
internal sealed record Verdict(string Sentence, bool? IsGood)
{
    public string Word => IsGood switch
    {
        true => "good",
        false => "BAD",
        null => "not judged",
    };
}
