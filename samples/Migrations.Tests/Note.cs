namespace Migrations.Tests;

/// <summary>Something to remember.</summary>
public sealed class Note
{
    public long Id { get; init; }

    public required string Text { get; set; }
}
