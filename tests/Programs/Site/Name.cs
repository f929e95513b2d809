namespace NamesSite;

/// <summary>A row.</summary>
public sealed class Name
{
    public int Id { get; set; }

    public required string Text { get; set; }
}
