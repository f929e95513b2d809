using Microsoft.AspNetCore.Mvc;
using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>MVC actions among the shapes of streams.</summary>
[ApiController]
[Route("streams")]
public sealed class StreamsController(DbSession session) : ControllerBase
{
    [HttpPost("bare")]
    public async Task<IAsyncEnumerable<string>> BareAsync([FromQuery] bool fail, CancellationToken token)
    {
        await ResponseShapes.WorkAsync(session, fail);
        return StreamShapes.RowsAsync(session, token);
    }

    [HttpPost("undeclared")]
    public async Task<IActionResult> UndeclaredAsync([FromQuery] bool fail, CancellationToken token)
    {
        await ResponseShapes.WorkAsync(session, fail);
        return Ok(StreamShapes.RowsAsync(session, token));
    }

    [HttpPost("action-result")]
    public async Task<ActionResult<IAsyncEnumerable<string>>> ActionResultAsync([FromQuery] bool fail, CancellationToken token)
    {
        await ResponseShapes.WorkAsync(session, fail);
        return new ActionResult<IAsyncEnumerable<string>>(StreamShapes.RowsAsync(session, token));
    }
}
