using System.Data;
using System.Data.Common;
using Millpond.PostgreSql.Statements;
using Millpond.Providers;

namespace Millpond.PostgreSql.Pool;

/// <summary>What a session may do with the connections of a pool, which depends on the pooler (S21, G15).</summary>
internal sealed class PoolTraits
{
    private const string Refusal =
        "cannot be used with a pooler in transaction mode, because other clients use the connection after each " +
        "transaction: ";

    // Most effects depend on the text alone, and a program has few texts.
    private const int LongestKnown = 2_000;
    private readonly KnownText?[] _known = new KnownText?[256];
    private readonly TransactionSettings _engine;
    private KnownPrelude? _prelude;

    public PoolTraits(TransactionSettings engine, PoolerMode mode)
    {
        _engine = engine;
        IsShared = mode == PoolerMode.Transaction;
        IsBehindPooler = mode is PoolerMode.Session or PoolerMode.Transaction;
        AtStart = IsBehindPooler ? default : engine;
    }

    /// <summary>Gets whether a connection belongs to the session only for the time of a transaction.</summary>
    public bool IsShared { get; }

    public bool IsBehindPooler { get; }

    /// <summary>Gets whether DO and CALL are known to leave no state, with a pooler in transaction mode.</summary>
    public bool TrustsProcedures { get; init; }

    public bool MayPrepare { get; init; } = true;

    public bool PreparesByItself { get; init; }

    /// <summary>Gets the settings with which the connections were opened. Poolers reject such options or ignore them.</summary>
    public TransactionSettings AtStart { get; }

    /// <exception cref="NotSupportedException">A setting would have to outlive the transaction.</exception>
    public Prelude? PreludeFor(TransactionSettings wanted)
    {
        var whole = wanted with
        {
            Isolation = LevelFor(wanted),
            StatementTimeout = wanted.StatementTimeout ?? _engine.StatementTimeout,
            BusyTimeout = default,
        };
        var prelude = whole.Statements is null ? FindKnownPrelude(whole) : Prelude.For(whole, AtStart);
        return prelude is null || !wanted.Autocommit || !IsShared ? prelude : throw new NotSupportedException(
            $"Mode = Autocommit together with OnBegin, ReadOnly, StatementTimeout or Isolation {Refusal}they would have to be " +
            "set for the connection. Leave them out, set them for the role (ALTER ROLE … SET …), or use a session with a " +
            "transaction.");
    }

    public IsolationLevel LevelFor(TransactionSettings wanted) =>
        wanted.Isolation == IsolationLevel.Unspecified && AtStart.Isolation != _engine.Isolation
            ? _engine.Isolation
            : wanted.Isolation;

    /// <summary>Checks a command before it is sent.</summary>
    /// <exception cref="NotSupportedException">It leaves state that outlives the transaction, which is not allowed with this
    /// pooler.</exception>
    public StateEffect FindLeft(DbCommand command) =>
        FindKnown(command.CommandText, command.CommandType)
        ?? FindLeft(command.CommandText, command.CommandType, command.Parameters);

    public StateEffect FindLeft(DbBatchCommand command) =>
        FindKnown(command.CommandText, command.CommandType)
        ?? FindLeft(command.CommandText, command.CommandType, command.Parameters);

    public StateEffect FindLeft(string text, CommandType type, DbParameterCollection? parameters)
    {
        var refusesProcedures = IsShared && !TrustsProcedures;
        var left = type == CommandType.Text
            ? StateEffects.Find(text, parameters, countsDo: refusesProcedures || !IsShared, countsCall: refusesProcedures)
            : refusesProcedures && type == CommandType.StoredProcedure ? StateEffect.State : StateEffect.Nothing;
        if (!IsShared || left <= StateEffect.Local)
        {
            if (type == CommandType.Text && text.Length <= LongestKnown && !StateEffects.DependsOnParameters(text))
            {
                _known[Place(text)] = new KnownText(text, left);
            }

            return left;
        }

        throw new NotSupportedException(
            $"'{Shorten(text)}' {Refusal}SET, LISTEN, PREPARE, a temporary table, a session-level advisory lock, a cursor " +
            "WITH HOLD, and the effects of DO or CALL would stay on the connection. Use SET LOCAL, pg_advisory_xact_lock, ON " +
            "COMMIT DROP; set TrustProcedures if your DO and CALL leave no state; or use session mode, or connect " +
            "directly to the server.");
    }

    private StateEffect? FindKnown(string text, CommandType type) =>
        type == CommandType.Text && _known[Place(text)] is { } known && known.Text == text ? known.Left : null;

    private Prelude? FindKnownPrelude(in TransactionSettings wanted)
    {
        var known = _prelude;
        if (known is null || known.Settings != wanted)
        {
            _prelude = known = new KnownPrelude(wanted, Prelude.For(wanted, AtStart));
        }

        return known.Prelude;
    }

    private int Place(string text) => (int)((uint)text.GetHashCode(StringComparison.Ordinal) % (uint)_known.Length);

    private static string Shorten(string text)
    {
        const int most = 60;
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= most ? line : $"{line[..most]}…";
    }

    private sealed record KnownText(string Text, StateEffect Left);

    private sealed record KnownPrelude(TransactionSettings Settings, Prelude? Prelude);
}
