using Dapper;

namespace Millpond.Dapper;

/// <summary>A text and its parameters, as Dapper takes them.</summary>
internal readonly record struct SqlStatement(string Text, object? Parameters)
{
    public CommandDefinition Command(CancellationToken cancellationToken) =>
        new(Text, Parameters, cancellationToken: cancellationToken);
}
