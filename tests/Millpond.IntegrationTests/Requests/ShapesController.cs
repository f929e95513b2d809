using Microsoft.AspNetCore.Mvc;

namespace Millpond.IntegrationTests.Requests;

/// <summary>An MVC action among the response shapes.</summary>
[ApiController]
[Route("mvc")]
public sealed class ShapesController : ControllerBase
{
    [HttpPost]
    public async Task<IActionResult> PostAsync([FromServices] DbSession session, [FromQuery] bool fail)
    {
        await ResponseShapes.WorkAsync(session, fail);
        return Ok(new { mark = ResponseShapes.Mark });
    }
}
