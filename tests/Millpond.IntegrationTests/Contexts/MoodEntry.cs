namespace Millpond.IntegrationTests.Contexts;

public sealed class MoodEntry
{
    public int Id { get; set; }

    public Mood Mood { get; set; }
}
