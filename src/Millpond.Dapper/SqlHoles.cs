using System.Collections;
using System.Data;
using Dapper;
using Millpond.Providers;

namespace Millpond.Dapper;

/// <summary>The interpolated values of a statement as Dapper's parameters.</summary>
internal sealed class SqlHoles : SqlMapper.IDynamicParameters
{
    private readonly List<(SqlHole Hole, int At)> _places = [];
    private readonly List<SqlHole> _holes = [];

    /// <summary>Gets the parameters.</summary>
    public IReadOnlyList<SqlHole> All => _holes;

    /// <summary>Gets or sets the source that creates the driver's parameters.</summary>
    public ConnectionSource? Source { get; set; }

    /// <summary>Gets or sets the enums that the driver maps to database types.</summary>
    public IReadOnlySet<Type> MappedEnums { get; set; } = new HashSet<Type>();

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="expression">Its expression.</param>
    /// <param name="at">The position of its placeholder in the text.</param>
    /// <returns>Its placeholder.</returns>
    public string Add<T>(T value, string expression, int at)
    {
        var hole = _holes.Find(known => known.Equals(value, expression));
        if (hole is null)
        {
            // Dapper expands a list @p1 to @p11, @p12, so no other name may look like that.
            var end = value is IEnumerable and not string and not byte[] ? "_" : "";
            _holes.Add(hole = new SqlHole<T>($"p{_holes.Count}{end}", value, expression));
        }

        _places.Add((hole, at));
        return $"@{hole.Name}";
    }

    /// <summary>Checks that each placeholder is where a parameter is allowed.</summary>
    /// <exception cref="InvalidOperationException">A placeholder is inside quotes or a comment, where it would be
    /// text.</exception>
    public void ThrowIfInsideText(string text, SqlSyntax syntax)
    {
        var sql = new SqlTokens(text, syntax);
        for (var at = 0; at < _places.Count; at++)
        {
            while (sql.End <= _places[at].At && sql.Read())
            {
            }

            if (sql.Kind != SqlTokenKind.Parameter)
            {
                throw new InvalidOperationException(
                    $"Interpolated value {at + 1} is inside {Describe(sql.Kind)}, where a parameter is only text. Remove " +
                    "the quotes: a parameter needs none. To match a pattern, build the value first: like {pattern}.");
            }
        }
    }

    void SqlMapper.IDynamicParameters.AddParameters(IDbCommand command, SqlMapper.Identity identity) => AddTo(command);

    /// <summary>Adds the parameters to a command.</summary>
    public void AddTo(IDbCommand command)
    {
        foreach (var hole in _holes)
        {
            hole.AddTo(command, Source!, hole.EnumType is { } type && MappedEnums.Contains(type));
        }
    }

    private static string Describe(SqlTokenKind kind) => kind switch
    {
        SqlTokenKind.QuotedString => "a string in quotes",
        SqlTokenKind.DollarQuotedString => "a dollar-quoted string",
        SqlTokenKind.Comment => "a comment",
        _ => "a quoted name",
    };
}
