using Microsoft.AspNetCore.Authorization;
using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>Looks into the database before it lets anybody in.</summary>
internal sealed class ReadingHandler(DbSession session) : AuthorizationHandler<ReadingRequirement>
{
    protected override async Task HandleRequirementAsync(
        AuthorizationHandlerContext context, ReadingRequirement requirement)
    {
        await session.ScalarAsync("select count(*) from users");
        context.Succeed(requirement);
    }
}
