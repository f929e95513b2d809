using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;
using Millpond.Sessions;

namespace Millpond.Dapper;

/// <summary>Runs SQL on a session, in its transaction; Dapper maps the rows.</summary>
/// <remarks>
/// <para>A statement is an interpolated string whose holes become parameters: <c>session.QueryAsync&lt;User&gt;($"select * from
/// users where name = {name}")</c>. A plain string does not compile; text that is SQL already goes through <see
/// cref="Sql.Raw"/>.</para>
/// <para>The database's errors come as they are; those of the session are <see cref="Diagnostics.MillpondException"/>s.</para>
/// </remarks>
public static class SessionSql
{
    /// <summary>Reads all rows.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement; its holes become parameters.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The rows, in the order of the statement.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static Task<IReadOnlyList<T>> QueryAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        ListAsync<T>(session, sql.ToStatement(), cancellationToken);

    /// <summary>Reads all rows.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement, as it stands.</param>
    /// <param name="parameters">An object or dictionary with the statement's parameters; null: it has none.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The rows, in the order of the statement.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static Task<IReadOnlyList<T>> QueryAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        ListAsync<T>(session, new SqlStatement(sql, parameters), cancellationToken);

    /// <summary>Reads the only row.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement; its holes become parameters.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The row.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    /// <exception cref="InvalidOperationException">There is no row, or more than one.</exception>
    public static Task<T> QuerySingleAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        Connection(session).QuerySingleAsync<T>(sql.ToStatement().Command(session, cancellationToken));

    /// <summary>Reads the only row.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement, as it stands.</param>
    /// <param name="parameters">An object or dictionary with the statement's parameters; null: it has none.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The row.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    /// <exception cref="InvalidOperationException">There is no row, or more than one.</exception>
    public static Task<T> QuerySingleAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        Connection(session).QuerySingleAsync<T>(new SqlStatement(sql, parameters).Command(session, cancellationToken));

    /// <summary>Reads the only row, if there is one.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement; its holes become parameters.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The row, or the default of its type.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    /// <exception cref="InvalidOperationException">There is more than one row.</exception>
    public static Task<T?> QuerySingleOrDefaultAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        Connection(session).QuerySingleOrDefaultAsync<T>(sql.ToStatement().Command(session, cancellationToken));

    /// <summary>Reads the only row, if there is one.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement, as it stands.</param>
    /// <param name="parameters">An object or dictionary with the statement's parameters; null: it has none.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The row, or the default of its type.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    /// <exception cref="InvalidOperationException">There is more than one row.</exception>
    public static Task<T?> QuerySingleOrDefaultAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        Connection(session).QuerySingleOrDefaultAsync<T>(new SqlStatement(sql, parameters).Command(session, cancellationToken));

    /// <summary>Reads the first row.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement; its holes become parameters.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The row.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    public static Task<T> QueryFirstAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        Connection(session).QueryFirstAsync<T>(sql.ToStatement().Command(session, cancellationToken));

    /// <summary>Reads the first row.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement, as it stands.</param>
    /// <param name="parameters">An object or dictionary with the statement's parameters; null: it has none.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The row.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    public static Task<T> QueryFirstAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        Connection(session).QueryFirstAsync<T>(new SqlStatement(sql, parameters).Command(session, cancellationToken));

    /// <summary>Reads the first row, if there is one.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement; its holes become parameters.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The row, or the default of its type.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static Task<T?> QueryFirstOrDefaultAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        Connection(session).QueryFirstOrDefaultAsync<T>(sql.ToStatement().Command(session, cancellationToken));

    /// <summary>Reads the first row, if there is one.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement, as it stands.</param>
    /// <param name="parameters">An object or dictionary with the statement's parameters; null: it has none.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The row, or the default of its type.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static Task<T?> QueryFirstOrDefaultAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        Connection(session).QueryFirstOrDefaultAsync<T>(new SqlStatement(sql, parameters).Command(session, cancellationToken));

    /// <summary>Executes a statement that returns no rows.</summary>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement; its holes become parameters.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static Task<int> ExecuteAsync(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        Connection(session).ExecuteAsync(sql.ToStatement().Command(session, cancellationToken));

    /// <summary>Executes a statement that returns no rows.</summary>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement, as it stands.</param>
    /// <param name="parameters">An object or dictionary with the statement's parameters; null: it has none.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static Task<int> ExecuteAsync(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        Connection(session).ExecuteAsync(new SqlStatement(sql, parameters).Command(session, cancellationToken));

    /// <summary>Reads the first column of the first row.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement; its holes become parameters.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The value, or the default of its type when there is no row or the value is NULL.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static Task<T?> ExecuteScalarAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        Connection(session).ExecuteScalarAsync<T>(sql.ToStatement().Command(session, cancellationToken));

    /// <summary>Reads the first column of the first row.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement, as it stands.</param>
    /// <param name="parameters">An object or dictionary with the statement's parameters; null: it has none.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The value, or the default of its type when there is no row or the value is NULL.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static Task<T?> ExecuteScalarAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        Connection(session).ExecuteScalarAsync<T>(new SqlStatement(sql, parameters).Command(session, cancellationToken));

    /// <summary>Reads rows one by one, without holding them all.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement; its holes become parameters.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The rows. The session is in use until the enumeration ends: commit after it, not within.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static IAsyncEnumerable<T> StreamAsync<T>(
        this DbSession session, SqlInterpolatedStringHandler sql, CancellationToken cancellationToken = default) =>
        RowsAsync<T>(Checked(session), sql.ToStatement(), cancellationToken);

    /// <summary>Reads rows one by one, without holding them all.</summary>
    /// <typeparam name="T">What a row becomes: a class or record by its columns' names, or the type of a single
    /// column.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="sql">The statement, as it stands.</param>
    /// <param name="parameters">An object or dictionary with the statement's parameters; null: it has none.</param>
    /// <param name="cancellationToken">Cancels waiting for a connection and the running statement.</param>
    /// <returns>The rows. The session is in use until the enumeration ends: commit after it, not within.</returns>
    /// <exception cref="DbException">The database or the session refused.</exception>
    public static IAsyncEnumerable<T> StreamAsync<T>(
        this DbSession session, RawSql sql, object? parameters = null, CancellationToken cancellationToken = default) =>
        RowsAsync<T>(Checked(session), new SqlStatement(sql, parameters), cancellationToken);

    private static DbConnection Connection(DbSession session) => Checked(session).Connection;

    private static DbSession Checked(DbSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return session;
    }

    private static async Task<IReadOnlyList<T>> ListAsync<T>(
        DbSession session, SqlStatement statement, CancellationToken cancellationToken)
    {
        var rows = await Connection(session).QueryAsync<T>(statement.Command(session, cancellationToken)).ConfigureAwait(false);
        return rows.AsList();
    }

    private static async IAsyncEnumerable<T> RowsAsync<T>(
        DbSession session, SqlStatement statement, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        statement.Note(session);
        var rows = session.Connection.QueryUnbufferedAsync<T>(statement.Text, statement.Parameters);
        await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return row;
        }
    }
}
