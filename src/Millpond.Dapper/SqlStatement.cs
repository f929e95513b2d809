using Dapper;
using Millpond.Sessions;

namespace Millpond.Dapper;

/// <summary>A text and its parameters, as Dapper takes them, and where in the code they were written.</summary>
internal readonly record struct SqlStatement(string Text, object? Parameters, string Member, string File, int Line)
{
    public SqlStatement(RawSql sql, object? parameters)
        : this(sql.Text, parameters, sql.Member, sql.File, sql.Line)
    {
    }

    public CommandDefinition Command(DbSession session, CancellationToken cancellationToken)
    {
        Note(session);
        return new(Text, Parameters, cancellationToken: cancellationToken);
    }

    /// <summary>Tells the session where it is used, for its messages.</summary>
    public void Note(DbSession session) => session.CalledFrom(Member, File, Line);
}
