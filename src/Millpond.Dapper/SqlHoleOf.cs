using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;
using Millpond.Providers;

namespace Millpond.Dapper;

/// <summary>An interpolated value with a known static type.</summary>
internal sealed class SqlHole<T>(string name, T value, string expression) : SqlHole(name)
{
    // Dapper's marker for a collection.
    private const DbType List = (DbType)(-1);

    public override object? Value => value;

    public override Type? EnumType => (Nullable.GetUnderlyingType(Type) ?? Type) is { IsEnum: true } type ? type : null;

    private Type Type => value?.GetType() ?? typeof(T);

    public override bool Equals<TOther>(TOther other, string otherExpression) =>
        other is T same && EqualityComparer<T>.Default.Equals(value, same) && typeof(T) == typeof(TOther) &&
        expression == otherExpression;

    public override void AddTo(IDbCommand command, ConnectionSource source, bool isMapped)
    {
        switch (value)
        {
            case DbParameter own:
                own.ParameterName = Name;
                command.Parameters.Add(own);
                return;
            case SqlMapper.ICustomQueryParameter custom:
                custom.AddParameter(command, Name);
                return;
            default:
                break;
        }

#pragma warning disable CS0618 // Dapper has no other way to say what it does with a type
        var dbType = SqlMapper.LookupDbType(Type, Name, demand: false, out var handler);
        if (handler is null && dbType == List && value is not null)
        {
            SqlMapper.PackListParameters(command, Name, value);
            return;
        }
#pragma warning restore CS0618

        command.Parameters.Add(handler is not null ? Handled(source, handler) : Own(source, dbType, isMapped));
    }

    private DbParameter Handled(ConnectionSource source, SqlMapper.ITypeHandler handler)
    {
        var parameter = source.CreateParameter<object>(Name, null);
        handler.SetValue(parameter, (object?)value ?? DBNull.Value);
        return parameter;
    }

    private DbParameter Own(ConnectionSource source, DbType? dbType, bool isMapped)
    {
        if (EnumType is not { } type || isMapped)
        {
            return source.CreateParameter(Name, value);
        }

        if (value is not null)
        {
            var number = Convert.ChangeType(value, Enum.GetUnderlyingType(type), CultureInfo.InvariantCulture);
            return source.CreateParameter<object>(Name, number);
        }

        var none = source.CreateParameter<object>(Name, null);
        none.DbType = dbType ?? DbType.Int32;
        return none;
    }
}
