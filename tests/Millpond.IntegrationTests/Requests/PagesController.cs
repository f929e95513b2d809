using Microsoft.AspNetCore.Mvc;

namespace Millpond.IntegrationTests.Requests;

/// <summary>A controller whose sessions only read, but for one action.</summary>
[ApiController]
[Route("pages")]
[Session(Access = SessionAccess.ReadOnly)]
public sealed class PagesController(DbSession session) : ControllerBase
{
    [HttpPost]
    public Task<IActionResult> ReadAsync() => WriteAnywayAsync();

    [HttpPost("write")]
    [Session(Access = SessionAccess.ReadWrite)]
    public Task<IActionResult> WriteAsync() => WriteAnywayAsync();

    private async Task<IActionResult> WriteAnywayAsync()
    {
        await session.RunAsync(RequestTestBase.GoodInsert);
        return NoContent();
    }
}
