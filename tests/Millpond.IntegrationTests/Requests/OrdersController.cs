using System.Data.Common;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Millpond.IntegrationTests.Requests;

/// <summary>A controller that saves what it is given as a test wants it.</summary>
[ApiController]
[Route("orders")]
public sealed class OrdersController(DbSession session, Func<RetriedBodyRules.Order, DbSession, Task> save) : ControllerBase
{
    [HttpPost]
    public Task SaveAsync(RetriedBodyRules.Order order) => save(order, session);

    [HttpPost("filtered")]
    [ConflictIsAnAnswer]
    public Task SaveFilteredAsync(RetriedBodyRules.Order order) => save(order, session);

    private sealed class ConflictIsAnAnswerAttribute : ExceptionFilterAttribute
    {
        public override void OnException(ExceptionContext context)
        {
            context.Result = context.Exception is DbException ? new ConflictResult() : null;
        }
    }
}
