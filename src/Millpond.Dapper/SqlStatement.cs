using System.Data;
using Dapper;
using Millpond.Providers;

namespace Millpond.Dapper;

/// <summary>A text, its parameters, and its place in the code.</summary>
internal readonly record struct SqlStatement(string Text, object? Parameters, string Member, string File, int Line)
{
    public SqlStatement(RawSql sql, object? parameters)
        : this(sql.Text, parameters, sql.Member, sql.File, sql.Line)
    {
    }

    /// <summary>Creates a command for a session, which records its place in the code for messages.</summary>
    public async ValueTask<CommandDefinition> CommandAsync(DbSession session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        session.CalledFrom(Member, File, Line);
        if (Parameters is SqlHoles holes)
        {
            if (Bind(holes, session).Dialect.MapsEnums)
            {
                holes.MappedEnums = await MappedEnums.FindAsync(session, holes.All, cancellationToken).ConfigureAwait(false);
            }
        }

        // Dapper treats a text of one word as a procedure.
        return new(Text, Parameters, commandType: CommandType.Text, cancellationToken: cancellationToken);
    }

    /// <summary>Queues it on a session.</summary>
    public void Queue(DbSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        using var command = session.Connection.CreateCommand();
        command.CommandText = Text;
        if (Parameters is SqlHoles holes)
        {
            if (Bind(holes, session).Dialect.MapsEnums)
            {
                holes.MappedEnums = Dapper.MappedEnums.FindKnown(session, holes.All);
            }

            holes.AddTo(command);
        }

        session.Queue(command, Member, File, Line);
    }

    private ConnectionSource Bind(SqlHoles holes, DbSession session)
    {
        var source = ((SessionConnection)session.Connection).Source;
        holes.ThrowIfInsideText(Text, source.Dialect.Syntax);
        holes.Source = source;
        return source;
    }
}
