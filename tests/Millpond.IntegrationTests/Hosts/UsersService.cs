using Grpc.Core;
using Millpond.IntegrationTests.Requests;
using Millpond.IntegrationTests.Streaming;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A gRPC service as its users write it: with a session, and no word about transactions.</summary>
public sealed class UsersService(DbSession session, DbEngine engine, RollbackBook rollbacks) : Users.UsersBase
{
    public const string Fail = "its commit fails";
    public const string Throw = "throws";
    public const string NotFound = "has a status";
    public const string CommitsFirst = "commits, and then asks for a second connection";
    public const string CommitsAndThrows = "commits, and then throws an error of its own";
    public const string Nothing = "has no answer";
    public const string LateNotFound = "has a status after its first message";
    public const string Endless = "goes on until its client leaves";
    public const string Slow = "works past its deadline";

    public override async Task<Count> Add(User request, ServerCallContext context)
    {
        await AddAsync(request, context);
        return await CountAsync(context);
    }

    public override async Task<Count> AddAll(IAsyncStreamReader<User> requestStream, ServerCallContext context)
    {
        await foreach (var one in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await AddAsync(one, context);
        }

        return await CountAsync(context);
    }

    public override async Task AddAndList(User request, IServerStreamWriter<User> responseStream, ServerCallContext context)
    {
        await AddAsync(request, context);
        await responseStream.WriteAsync(new User { Name = "first" });   // the commit point
        if (request.Name == Endless)
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        if (request.Name is LateNotFound or NotFound)
        {
            context.Status = new Status(StatusCode.NotFound, "Nobody of that name.");
            return;
        }

        await foreach (var name in StreamShapes.RowsAsync(session, context.CancellationToken))
        {
            await responseStream.WriteAsync(new User { Name = name });
        }
    }

    public override async Task AddAndStream(User request, IServerStreamWriter<User> responseStream, ServerCallContext context)
    {
        await AddAsync(request, context);
        await foreach (var name in StreamShapes.RowsAsync(session, context.CancellationToken))
        {
            await responseStream.WriteAsync(new User { Name = name });   // out of an open reader
        }
    }

    public override async Task<User> AddAndEcho(User request, ServerCallContext context)
    {
        await AddAsync(request, context);
        return request.Name == Nothing ? null! : request;
    }

    public override async Task Talk(
        IAsyncStreamReader<User> requestStream, IServerStreamWriter<Count> responseStream, ServerCallContext context)
    {
        await foreach (var one in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await AddAsync(one, context);
            await responseStream.WriteAsync(await CountAsync(context));
        }
    }

    private async Task AddAsync(User one, ServerCallContext context)
    {
        if (one.Name is Throw or NotFound)
        {
            session.AfterRollback((why, _) =>
            {
                rollbacks.Told.Enqueue(why);
                return Task.CompletedTask;
            });
        }

        await session.RunAsync(
            one.Name == Fail ? RequestTestBase.FailingInsert : RequestTestBase.GoodInsert, context.CancellationToken);
        if (one.Name == CommitsFirst)
        {
            await session.CommitAsync(context.CancellationToken);
            await TakeAllAsync();
        }

        if (one.Name == CommitsAndThrows)
        {
            await session.CommitAsync(context.CancellationToken);
            throw new InvalidTimeZoneException("Not for the client.");
        }

        if (one.Name == Slow)
        {
            try
            {
                await Task.Delay(1_500, CancellationToken.None);   // it does not look at its token
                await session.RunAsync(RequestTestBase.GoodInsert, CancellationToken.None);
            }
            finally
            {
                rollbacks.LateEnded.TrySetResult();
            }
        }

        if (one.Name == Throw)
        {
            throw new InvalidTimeZoneException("Not for the client.");
        }

        if (one.Name == NotFound)
        {
            context.Status = new Status(StatusCode.NotFound, "Nobody of that name.");
        }
    }

    /// <summary>Opens sessions inside each other until no connection is left.</summary>
    private Task TakeAllAsync() => engine.RunAsync(async (own, token) =>
    {
        await own.ScalarAsync("select count(*) from users", token);
        await TakeAllAsync();
    }, new DbSessionOptions { Access = SessionAccess.ReadOnly });

    private async Task<Count> CountAsync(ServerCallContext context) =>
        new() { Users = await session.ScalarAsync("select count(*) from users", context.CancellationToken) };
}
