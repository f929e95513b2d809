using System.Data.Common;
using Millpond.Dapper;

namespace Millpond;

/// <summary>Runs SQL on a session, in its transaction. Dapper maps the rows.</summary>
/// <remarks>
/// <para>A statement is an interpolated string whose values become parameters: <c>session.QueryAsync&lt;User&gt;($"select *
/// from users where name = {name}")</c>. A plain string does not compile; use <see cref="Sql.Raw"/> for text that is SQL
/// already.</para>
/// <para>Errors of the database are thrown unchanged; those of the session are <see cref="MillpondException"/>s.</para>
/// </remarks>
public static class SessionSql
{
    /// <summary>Reads all rows.</summary>
    /// <typeparam name="T">The type of a row: a class or record, mapped by column name, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement; its interpolated values become parameters.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The rows, in the order of the statement.</returns>
    /// <exception cref="DbException">The database or the session reported an error.</exception>
    public static Task<IReadOnlyList<T>> QueryAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        SqlReading.ListAsync<T>(session, sql.ToStatement(), cancellationToken);

    /// <summary>Reads all rows.</summary>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement, used unchanged.</param>
    /// <param name="parameters">An object or dictionary with the statement's parameters, or null.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The rows, in the order of the statement.</returns>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, SqlInterpolatedStringHandler, CancellationToken)"
    /// path="/typeparam|/exception"/>
    public static Task<IReadOnlyList<T>> QueryAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        SqlReading.ListAsync<T>(session, new SqlStatement(sql, parameters), cancellationToken);

    /// <summary>Reads the only row.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, SqlInterpolatedStringHandler, CancellationToken)"
    /// path="/typeparam|/param|/exception"/>
    /// <returns>The row.</returns>
    /// <exception cref="InvalidOperationException">There is no row, or more than one.</exception>
    public static Task<T> QuerySingleAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        SqlReading.RowAsync<T>(session, sql.ToStatement(), RowRule.Single, cancellationToken)!;

    /// <summary>Reads the only row.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, RawSql, object?, CancellationToken)" path="/typeparam|/param|/exception"/>
    /// <returns>The row.</returns>
    /// <exception cref="InvalidOperationException">There is no row, or more than one.</exception>
    public static Task<T> QuerySingleAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        SqlReading.RowAsync<T>(session, new SqlStatement(sql, parameters), RowRule.Single, cancellationToken)!;

    /// <summary>Reads the only row, if there is one.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, SqlInterpolatedStringHandler, CancellationToken)"
    /// path="/typeparam|/param|/exception"/>
    /// <returns>The row, or the default of its type.</returns>
    /// <exception cref="InvalidOperationException">There is more than one row.</exception>
    public static Task<T?> QuerySingleOrDefaultAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        SqlReading.RowAsync<T>(session, sql.ToStatement(), RowRule.SingleOrDefault, cancellationToken);

    /// <summary>Reads the only row, if there is one.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, RawSql, object?, CancellationToken)" path="/typeparam|/param|/exception"/>
    /// <returns>The row, or the default of its type.</returns>
    /// <exception cref="InvalidOperationException">There is more than one row.</exception>
    public static Task<T?> QuerySingleOrDefaultAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        SqlReading.RowAsync<T>(session, new SqlStatement(sql, parameters), RowRule.SingleOrDefault, cancellationToken);

    /// <summary>Reads the first row.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, SqlInterpolatedStringHandler, CancellationToken)"
    /// path="/typeparam|/param|/exception"/>
    /// <returns>The row.</returns>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    public static Task<T> QueryFirstAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        SqlReading.RowAsync<T>(session, sql.ToStatement(), RowRule.First, cancellationToken)!;

    /// <summary>Reads the first row.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, RawSql, object?, CancellationToken)" path="/typeparam|/param|/exception"/>
    /// <returns>The row.</returns>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    public static Task<T> QueryFirstAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        SqlReading.RowAsync<T>(session, new SqlStatement(sql, parameters), RowRule.First, cancellationToken)!;

    /// <summary>Reads the first row, if there is one.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, SqlInterpolatedStringHandler, CancellationToken)"
    /// path="/typeparam|/param|/exception"/>
    /// <returns>The row, or the default of its type.</returns>
    public static Task<T?> QueryFirstOrDefaultAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        SqlReading.RowAsync<T>(session, sql.ToStatement(), RowRule.FirstOrDefault, cancellationToken);

    /// <summary>Reads the first row, if there is one.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, RawSql, object?, CancellationToken)" path="/typeparam|/param|/exception"/>
    /// <returns>The row, or the default of its type.</returns>
    public static Task<T?> QueryFirstOrDefaultAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        SqlReading.RowAsync<T>(session, new SqlStatement(sql, parameters), RowRule.FirstOrDefault, cancellationToken);

    /// <summary>Executes a statement that returns no rows.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, SqlInterpolatedStringHandler, CancellationToken)" path="/param|/exception"/>
    /// <returns>The number of affected rows.</returns>
    public static Task<int> ExecuteAsync(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        SqlReading.ExecuteAsync(session, sql.ToStatement(), cancellationToken);

    /// <summary>Executes a statement that returns no rows.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, RawSql, object?, CancellationToken)" path="/param|/exception"/>
    /// <returns>The number of affected rows.</returns>
    public static Task<int> ExecuteAsync(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        SqlReading.ExecuteAsync(session, new SqlStatement(sql, parameters), cancellationToken);

    /// <summary>Queues a statement whose result is not needed. It is sent with the session's next statement or with its
    /// commit, in the same round trip.</summary>
    /// <inheritdoc cref="SessionQueuing.Queue" path="/remarks"/>
    /// <param name="session">The session.</param>
    /// <param name="sql">One statement. Its interpolated values become parameters.</param>
    /// <exception cref="ArgumentException">It is not one statement, or a value can be read only once, such as a
    /// stream.</exception>
    /// <exception cref="InvalidOperationException">1,000 statements are queued; or a value is an enum that was not used in an
    /// executed statement before, so it is unknown whether it is mapped to a database type.</exception>
    /// <exception cref="NotSupportedException">Each statement of this session commits on its own (<see
    /// cref="SessionMode.Autocommit"/>); or the statement begins or ends a transaction.</exception>
    /// <exception cref="DbException">The session is read-only, aborted or ended, or a command is running.</exception>
    public static void Queue(this DbSession session, SqlInterpolatedStringHandler sql) =>
        sql.ToStatement().Queue(session);

    /// <summary>Reads the first column of the first row.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, SqlInterpolatedStringHandler, CancellationToken)"
    /// path="/typeparam|/param|/exception"/>
    /// <returns>The value, or the default of its type if there is no row or the value is NULL.</returns>
    public static Task<T?> ExecuteScalarAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        SqlReading.ScalarAsync<T>(session, sql.ToStatement(), cancellationToken);

    /// <summary>Reads the first column of the first row.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, RawSql, object?, CancellationToken)" path="/typeparam|/param|/exception"/>
    /// <returns>The value, or the default of its type if there is no row or the value is NULL.</returns>
    public static Task<T?> ExecuteScalarAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        SqlReading.ScalarAsync<T>(session, new SqlStatement(sql, parameters), cancellationToken);

    /// <summary>Reads rows one by one, without buffering them.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, SqlInterpolatedStringHandler, CancellationToken)"
    /// path="/typeparam|/param|/exception"/>
    /// <returns>The rows. The session is in use until the enumeration ends; commit after it.</returns>
    public static IAsyncEnumerable<T> StreamAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        SqlReading.StreamAsync<T>(session, sql.ToStatement(), cancellationToken);

    /// <summary>Reads rows one by one, without buffering them.</summary>
    /// <inheritdoc cref="QueryAsync{T}(DbSession, RawSql, object?, CancellationToken)" path="/typeparam|/param|/exception"/>
    /// <returns>The rows. The session is in use until the enumeration ends; commit after it.</returns>
    public static IAsyncEnumerable<T> StreamAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        SqlReading.StreamAsync<T>(session, new SqlStatement(sql, parameters), cancellationToken);
}
