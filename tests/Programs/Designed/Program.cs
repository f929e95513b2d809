using Designed;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millpond;

// With "update" it does to itself what "dotnet ef database update" does to an application: EF's tools run its entry point as far
// as the host is built, take a context out of the services, and apply the migrations, synchronously. Else it is the application,
// on the database that is named.
if (args is ["update", var target])
{
    using var tools = DbContextActivator.CreateInstance(typeof(NotesContext), typeof(Program).Assembly, null, ["serve", target]);
    tools.Database.Migrate();
    Console.WriteLine(string.Join(',', tools.Database.GetAppliedMigrations()));
    return;
}

var url = args[1];
var isPostgres = url.StartsWith("postgres", StringComparison.Ordinal);
var builder = Host.CreateApplicationBuilder();
builder.Services.AddMillpond(options =>
{
    options.UseSqlite();
    options.UsePostgreSql();
    options.ConnectionString = url;
});
builder.Services.AddSessionDbContext<NotesContext>((_, options) => (isPostgres ? options.UseNpgsql() : options.UseSqlite())
    .ConfigureWarnings(static warnings => warnings.Ignore(
        Microsoft.EntityFrameworkCore.Diagnostics.RelationalEventId.PendingModelChangesWarning)));
var app = builder.Build();
Console.WriteLine("The application ran: EF's tools must stop it where its host is built.");
app.Run();
