using System.Collections;
using System.Data.Common;
using Millpond.AdoNet;
using Millpond.Transactions.Failures;

#pragma warning disable MILLSEAM // the facade is what an object mapper has

namespace Millpond.Tests.Sessions;

/// <summary>A reader of rows without columns that never ends.</summary>
internal sealed class FakeReader(FakeProvider provider) : DbDataReader
{
    public bool IsDisposed { get; private set; }

    /// <summary>Reads a row as an object mapper does when it saves, if possible with an untracked reader, so it reports an
    /// error itself.</summary>
    public static async Task ReadAsync(DbSession session, CancellationToken cancellationToken)
    {
        await using var command = session.Connection.CreateCommand();
        ((SessionCommand)command).IsSave = true;
        command.CommandText = "select 1";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        try
        {
            await reader.ReadAsync(cancellationToken);
        }
        catch (Exception error) when (UnitErrors.NoteFailedSave(session.Unit, error) is { } told)
        {
            throw told;
        }
    }

    public override int Depth => 0;

    public override int FieldCount => 0;

    public override bool HasRows => true;

    public override bool IsClosed => IsDisposed;

    public override int RecordsAffected => -1;

    public override object this[int ordinal] => throw new NotSupportedException();

    public override object this[string name] => throw new NotSupportedException();

    public override async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        await provider.At("Read");
        return true;
    }

    public override async ValueTask DisposeAsync()
    {
        await provider.At("CloseReader");
        IsDisposed = true;
        await base.DisposeAsync();
    }

    public override void Close()
    {
    }

    public override bool Read() => throw new NotSupportedException();

    public override bool NextResult() => throw new NotSupportedException();

    public override bool IsDBNull(int ordinal) => throw new NotSupportedException();

    public override object GetValue(int ordinal) => throw new NotSupportedException();

    public override int GetValues(object[] values) => throw new NotSupportedException();

    public override string GetName(int ordinal) => throw new NotSupportedException();

    public override int GetOrdinal(string name) => throw new NotSupportedException();

    public override string GetDataTypeName(int ordinal) => throw new NotSupportedException();

    public override Type GetFieldType(int ordinal) => throw new NotSupportedException();

    public override bool GetBoolean(int ordinal) => throw new NotSupportedException();

    public override byte GetByte(int ordinal) => throw new NotSupportedException();

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException();

    public override char GetChar(int ordinal) => throw new NotSupportedException();

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException();

    public override DateTime GetDateTime(int ordinal) => throw new NotSupportedException();

    public override decimal GetDecimal(int ordinal) => throw new NotSupportedException();

    public override double GetDouble(int ordinal) => throw new NotSupportedException();

    public override float GetFloat(int ordinal) => throw new NotSupportedException();

    public override Guid GetGuid(int ordinal) => throw new NotSupportedException();

    public override short GetInt16(int ordinal) => throw new NotSupportedException();

    public override int GetInt32(int ordinal) => throw new NotSupportedException();

    public override long GetInt64(int ordinal) => throw new NotSupportedException();

    public override string GetString(int ordinal) => throw new NotSupportedException();

    public override IEnumerator GetEnumerator() => throw new NotSupportedException();
}
