using FastEndpoints;
using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Libraries;

public sealed class AddUserEndpoint(DbSession session) : Endpoint<AddUser, long>
{
    public override void Configure()
    {
        Post("/fast-users");
        AllowAnonymous();
    }

    public override async Task HandleAsync(AddUser req, CancellationToken ct)
    {
        await session.ExecuteAsync($"insert into users (name) values ({req.Name})", ct);
        if (req.FailsAtCommit)
        {
            await session.ExecuteAsync(Sql.Raw(RequestTestBase.FailingInsert), cancellationToken: ct);
        }

        if (req.Fails)
        {
            ThrowError("refused");
        }

        await Send.OkAsync(await session.ExecuteScalarAsync<long>($"select count(*) from users", ct), ct);
    }
}
