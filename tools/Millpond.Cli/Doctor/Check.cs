namespace Millpond.Cli.Doctor;

/// <summary>The result of a check.</summary>
internal sealed record Check(CheckState State, string Name, string Text)
{
    public static Check Ok(string name, string text) => new(CheckState.Ok, name, text);

    public static Check Note(string name, string text) => new(CheckState.Note, name, text);

    public static Check Problem(string name, string text) => new(CheckState.Problem, name, text);
}
