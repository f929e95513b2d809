using System.Runtime.ExceptionServices;
using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Lanes;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Rows;

/// <summary>Rows copied out of SQLite in batches, so that reading a row rarely needs the lane's thread.</summary>
/// <remarks>The lane's thread fills it while the reader waits; the reader reads it while the lane does not use it. The
/// read-ahead grows with each batch and is limited in rows, memory and time, so the first row never waits for the
/// others.</remarks>
internal sealed class RowBuffer(SqliteLane lane)
{
    private const int FirstRows = 16;
    private const int MaxRows = 512;
    private const int MaxBytes = 64 * 1024;
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(1);   // a hundred times the cost of waking the lane

    private Cell[] _cells = [];
    private int _rows;
    private int _next = FirstRows;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Gets the columns of the rows.</summary>
    public ColumnSet Columns { get; private set; } = ColumnSet.None;

    /// <summary>Gets the index of the current row; -1 before the first one.</summary>
    public int Current { get; private set; } = -1;

    /// <summary>Gets whether the buffered rows are the last ones.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Gets whether the result has any rows.</summary>
    public bool HasRows { get; private set; }

    /// <summary>Begins a result. On the lane's thread.</summary>
    public void Begin(ColumnSet columns, bool isComplete)
    {
        Columns = columns;
        IsComplete = isComplete;
        HasRows = false;
        Current = -1;
        _rows = 0;
        _next = FirstRows;
        _failure = null;
    }

    /// <summary>Reads rows ahead. On the lane's thread.</summary>
    /// <param name="reader">The driver's reader.</param>
    /// <param name="work">The work item; if it is cancelled, filling ends with the current row.</param>
    /// <param name="onlyOne">Whether the caller wants only one row.</param>
    public void Fill(SqliteDataReader reader, LaneWork work, bool onlyOne)
    {
        _rows = 0;
        Current = -1;
        var start = lane.Time.GetTimestamp();
        var bytes = 0;
        while (_rows < _next && bytes < MaxBytes && !work.IsCancelled && TryRead(reader))
        {
            bytes += CopyRow(reader);
            IsComplete = onlyOne;
            if (onlyOne || lane.Time.GetElapsedTime(start) > Longest)
            {
                break;
            }
        }

        HasRows |= _rows > 0;
        _next = Math.Min(_next * 4, MaxRows);
    }

    /// <summary>Moves to the next buffered row.</summary>
    /// <returns>Null if more rows must be read first.</returns>
    public bool? MoveNext()
    {
        if (Current + 1 < _rows)
        {
            Current++;
            return true;
        }

        Current = _rows;
        _failure?.Throw();
        return IsComplete ? false : null;
    }

    /// <summary>Gets a value of the current row.</summary>
    /// <exception cref="InvalidOperationException">There is no current row.</exception>
    public ref readonly Cell this[int ordinal]
    {
        get
        {
            if ((uint)Current >= (uint)_rows)
            {
                throw new InvalidOperationException("No data exists for the row or column; call ReadAsync first.");
            }

            return ref _cells[(Current * Columns.Count) + Columns.Checked(ordinal)];
        }
    }

    /// <summary>Gets a value of the current row, or of the first row before it is reached.</summary>
    public Cell Peek(int ordinal)
    {
        var row = Math.Max(Current, 0);
        return row < _rows ? _cells[(row * Columns.Count) + Columns.Checked(ordinal)] : default;
    }

    private bool TryRead(SqliteDataReader reader)
    {
        try
        {
            IsComplete = !reader.Read();
            return !IsComplete;
        }
        catch (SqliteException error) when (_rows > 0 && error.SqliteErrorCode != ResultCode.Interrupt)
        {
            _failure = ExceptionDispatchInfo.Capture(lane.Explain(error));   // thrown in its turn, after the rows before it
            IsComplete = true;
            return false;
        }
    }

    private int CopyRow(SqliteDataReader reader)
    {
        var columns = Columns.Count;
        var at = _rows * columns;
        if (at + columns > _cells.Length)
        {
            Array.Resize(ref _cells, Math.Max(columns, Math.Min(_next, Math.Max(4, _rows * 2)) * columns));
        }

        var statement = reader.Handle!;
        var bytes = 0;
        for (var i = 0; i < columns; i++)
        {
            ref var cell = ref _cells[at + i];
            cell = Cell.Read(statement, i);
            bytes += cell.Size;
        }

        _rows++;
        return bytes;
    }
}
