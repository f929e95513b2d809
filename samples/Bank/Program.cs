using Bank.Accounts;
using Bank.Documentation;
using Bank.Health;
using Bank.Home;
using Bank.Load;
using Bank.Problems;
using Bank.Startup;
using Bank.Telemetry;
using Bank.Totals;
using Bank.Transfers;
using Millpond;

if (args is ["load", .. var load])
{
    return await LoadCommand.RunAsync(load);
}

return await Launch.RunAsync(args, builder =>
{
    // The engine of the program. ConnectionStrings:bank selects its provider, and section Millpond:bank configures its pool.
    builder.AddMillpond("bank", options =>
    {
        options.UseSqlite();
        options.UsePostgreSql();
        options.WarmUp = false;   // BankSchema does that, and waits for a database that is still starting
    });
    builder.Services.AddHostedService<BankSchema>();
    var settings = BankSettings.Read(builder.Configuration, builder.Environment.ContentRootPath);
    var receipts = settings.Receipts is { } path ? new ReceiptFile(path) : null;
    builder.Services.AddSingleton(settings);
    builder.Services.AddSingleton(services => new Receipts(services.GetRequiredService<BackgroundSessions>(), receipts));
    builder.Services.AddBankProblems();
    builder.Services.AddBankDocumentation();
    builder.AddBankTelemetry();

    var app = builder.Build();
    app.UseBankProblems();
    app.UseMillpond();   // one session per request: committed before the first byte is sent, rolled back on any failure

    var bank = app.MapGroup("").AnswerHeadLikeGet();
    var livePage = app.MapLivePage(settings);
    bank.MapHome(livePage);
    bank.MapAccounts();
    bank.MapTransfers(settings.Serializable);
    bank.MapTotals();
    bank.MapHealth();
    bank.MapDocumentation();
    bank.MapBankTelemetry();
    return app;
});
