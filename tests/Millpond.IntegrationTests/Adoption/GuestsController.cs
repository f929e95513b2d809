using Microsoft.AspNetCore.Mvc;
using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Adoption;

/// <summary>A controller of an application that was written before endpoint routing.</summary>
[Route("guests")]
public sealed class GuestsController(DbSession session) : Controller
{
    [HttpPost("{ending}")]
    public async Task<IActionResult> SaveAsync(string ending)
    {
        await session.RunAsync(RequestTestBase.GoodInsert);
        return ending switch
        {
            "error" => throw new InvalidOperationException("as the test wants it"),
            "refusal" => BadRequest(),
            _ => Ok(),
        };
    }

    [HttpGet("count")]
    [Session(Access = SessionAccess.ReadOnly)]
    public async Task<long> CountAsync() => await session.ExecuteScalarAsync<long>($"select count(*) from users");
}
