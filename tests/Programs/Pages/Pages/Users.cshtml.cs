using System.Data.Common;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Millpond.TestPages;

/// <summary>A page that adds a user and then counts them while it renders, before its first byte and after it.</summary>
/// <param name="session">The request's session.</param>
[IgnoreAntiforgeryToken]
public sealed class UsersModel(DbSession session) : PageModel
{
    /// <summary>Gets where the session stands.</summary>
    public SessionState State => session.State;

    /// <summary>Adds a user by the statement that comes with the form.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="status">The status to answer with.</param>
    /// <returns>The page.</returns>
    public async Task<IActionResult> OnPostAsync([FromForm] string sql, [FromForm] int status = 200)
    {
        await using var command = Command(sql);
        await command.ExecuteNonQueryAsync(HttpContext.RequestAborted);
        Response.StatusCode = status;
        return Page();
    }

    /// <summary>Counts the users.</summary>
    /// <returns>How many there are.</returns>
    public async Task<long> CountAsync()
    {
        await using var command = Command("select count(*) from users");
        return Convert.ToInt64(
            await command.ExecuteScalarAsync(HttpContext.RequestAborted), CultureInfo.InvariantCulture);
    }

    private DbCommand Command(string sql)
    {
        var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
