using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Benchmarks.Fakes;

internal sealed class IdleCommand : DbCommand
{
    private static readonly Task<int> OneRow = Task.FromResult(1);

    private readonly IdleReader _reader = new();
    private Task<DbDataReader>? _rows;

    [AllowNull]
    public override string CommandText { get; set; } = "";

    public override int CommandTimeout { get; set; }

    public override CommandType CommandType { get; set; } = CommandType.Text;

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get; set; }

    protected override DbParameterCollection DbParameterCollection => throw new NotSupportedException();

    protected override DbTransaction? DbTransaction { get; set; }

    /// <summary>Returns a new reader of ten rows.</summary>
    public Task<DbDataReader> Rows()
    {
        _reader.Rewind();
        return _rows ??= Task.FromResult<DbDataReader>(_reader);
    }

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => OneRow;

    public override void Cancel()
    {
    }

    public override int ExecuteNonQuery() => throw new NotSupportedException();

    public override object? ExecuteScalar() => throw new NotSupportedException();

    public override void Prepare()
    {
    }

    protected override DbParameter CreateDbParameter() => throw new NotSupportedException();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => throw new NotSupportedException();
}
