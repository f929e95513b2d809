#if (UseEf)
using Microsoft.EntityFrameworkCore;
#endif
using Millpond;
using Scalar.AspNetCore;
using Shop._1.Data;
using Shop._1.Items;

var builder = WebApplication.CreateBuilder(args);

// The database is ConnectionStrings:shop_1. Section Millpond:shop_1 sets the pool and the sessions. Its health check is added too.
#if (UseSqlite)
builder.AddMillpond("shop_1", options => options.UseSqlite());
#else
builder.AddMillpond("shop_1", options => options.UsePostgreSql());
#endif
#if (UseEf && UseSqlite)
builder.Services.AddSessionDbContext<AppDbContext>((_, options) => options.UseSqlite());   // on the session's connection
#endif
#if (UseEf && UsePostgreSql)
builder.Services.AddSessionDbContext<AppDbContext>((_, options) => options.UseNpgsql());   // on the session's connection
#endif
builder.Services.AddMillpondProblemDetails();
builder.Services.AddValidation();
builder.Services.AddOpenApi();

var app = builder.Build();
app.UseExceptionHandler();   // an exception becomes a problem document,
app.UseStatusCodePages();    // and so does a bare status code
app.UseMillpond();           // commits before the first byte of the response, rolls back on an error
app.MapHealthChecks("/health");
app.MapOpenApi();
app.MapScalarApiReference();
app.MapItems();

await app.MigrateAsync();
app.Run();
