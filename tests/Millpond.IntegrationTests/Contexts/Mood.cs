namespace Millpond.IntegrationTests.Contexts;

public enum Mood
{
    Glad,
    Sad,
}
