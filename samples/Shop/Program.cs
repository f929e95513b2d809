using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Millpond;
using Shop.Database;
using Shop.Mails;
using Shop.Orders;
using Shop.Protos;
using Shop.Startup;

return await Launch.RunAsync(args, builder =>
{
    // ConnectionStrings:shop selects the database, for the engine and its contexts.
    builder.Services.AddMillpond("shop", options =>
    {
        options.UseSqlite();
        options.UsePostgreSql();
    });
    builder.Services.AddSessionDbContext<ShopContext>((services, options) => _ =
        services.GetRequiredService<DbEngine>().IsSqlite() ? options.UseSqlite() : options.UseNpgsql());
    builder.Services.AddHostedService<ShopSchema>();

    var settings = ShopSettings.Read(builder.Configuration, builder.Environment.ContentRootPath);
    builder.Services.AddSingleton(settings);
    builder.Services.AddSingleton(new MailFile(settings.Mails));
    builder.Services.AddSingleton<OrderMails>();
    builder.Services.AddScoped<OrderDesk>();
    builder.Services.AddControllersWithViews(mvc => mvc.Filters.Add(new AutoValidateAntiforgeryTokenAttribute()));
    builder.Services.AddGrpc().AddMillpond();   // the status of a call decides, like the status of a response
    builder.Services.AddMillpondProblemDetails();

    var app = builder.Build();
    app.UseExceptionHandler("/problem/500");
    app.UseStatusCodePagesWithReExecute("/problem/{0}");
    app.UseStaticFiles();
    app.UseMillpond();   // one session per request: committed before the first byte is sent, rolled back on any failure
    app.MapControllers();
    app.MapGrpcService<StorefrontService>();
    return app;
});
