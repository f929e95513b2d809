using Microsoft.AspNetCore.Server.Kestrel.Core;
using Millpond;
using Native;

var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(server =>
{
    server.ListenLocalhost(builder.Configuration.GetValue<int>("Http"), on => on.Protocols = HttpProtocols.Http1);
    server.ListenLocalhost(builder.Configuration.GetValue<int>("Grpc"), on => on.Protocols = HttpProtocols.Http2);
});
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ItemJson.Default));
builder.Services.AddMillpond("items", options =>
{
    options.UseSqlite();
    options.UsePostgreSql();
});
builder.Services.AddMillpondProblemDetails();
builder.Services.AddHealthChecks().AddMillpond("items");
builder.Services.AddGrpc().AddMillpond();

var app = builder.Build();
app.UseExceptionHandler();
app.UseMillpond();
app.MapHealthChecks("/health");
app.MapMillpond().AllowUnauthenticated();
app.MapGrpcService<ItemsService>();
app.MapPost("/items", async (ItemBody item, DbSession session, CancellationToken token) =>
{
    var id = await ItemTable.AddAsync(session, item.Name, token);
    return TypedResults.Created($"/items/{id}", item with { Id = id });
});
app.MapGet("/items/{id:long}", async (long id, DbSession session, CancellationToken token) =>
    await ItemTable.FindAsync(session, id, token) is { } name ? Results.Ok(new ItemBody(id, name)) : Results.NotFound());

await ItemTable.CreateAsync(app.Services.GetRequiredService<DbEngine>());
app.Run();
