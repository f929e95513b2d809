using Microsoft.EntityFrameworkCore;
using Millpond;
using NamesSite;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddMillpond(static options => options.UseSqlite());
builder.Services.AddSessionDbContext<NamesContext>(static (_, options) => options.UseSqlite());
var app = builder.Build();
app.UseMillpond();
app.MapPost("/names/{text}", static async (string text, NamesContext names, CancellationToken token) =>
{
    names.Add(new Name { Text = text });
    await names.SaveChangesAsync(token);
    return await names.Names.CountAsync(token);
});
app.Run();
