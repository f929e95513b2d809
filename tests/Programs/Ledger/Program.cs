using Ledger;
using Millpond;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders();
builder.Services.AddMillpond("ledger", static options =>
{
    options.UseSqlite();
    options.UsePostgreSql();
});
builder.Services.AddSignalR().AddMillpond();
var app = builder.Build();
app.UseMillpond();
app.MapPost("/entries/{text}", static async (string text, DbSession session, CancellationToken token) =>
{
    await session.ExecuteAsync($"insert into entries (text) values ({text})", token);
    return text == "wrong" ? Results.BadRequest() : Results.Ok();
});
app.MapGet("/entries", static (DbSession session, CancellationToken token) =>
    session.QueryAsync<string>($"select text from entries order by text", token));
app.MapPost("/later/{text}", static (string text, DbSession session, BackgroundSessions jobs) => jobs.Enqueue(
    session, (later, token) => later.ExecuteAsync($"insert into entries (text) values ({text})", token)));
app.MapPost("/early/{text}", static async (string text, HttpContext context, EngineRouter router) =>
{
    // A session of the handler's own, which commits when the response has begun.
    await using var session = router.Route(context.RequestServices, "ledger").OpenSession();
    await session.ExecuteAsync($"insert into entries (text) values ({text})", context.RequestAborted);
    await context.Response.WriteAsync("done");
    await context.Response.Body.FlushAsync();
    await session.CommitAsync();
});
app.MapHub<LedgerHub>("/hub");

// What applications do at their start.
await app.Services.GetRequiredService<DbEngine>().RunAsync(static (session, token) =>
    session.ExecuteAsync($"insert into entries (text) values ('started')", token));
app.Run();
