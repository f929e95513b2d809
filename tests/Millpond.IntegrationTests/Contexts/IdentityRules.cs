using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>ASP.NET Core Identity with EF's stores, over HTTP.</summary>
public abstract class IdentityRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S04_Five_wrong_passwords_lock_an_account_although_each_response_is_401()
    {
        await Database.Observer.RunSetupAsync<AccountsContext>(
            static (db, token) => db.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(token),
            options => EfProvider.Choose(options, Database.IsPostgres),
            Token);
        var site = await StartAsync(new SitePlan
        {
            Services = services =>
            {
                services.AddSessionDbContext<AccountsContext>(
                    (_, options) => EfProvider.Choose(options, Database.IsPostgres));
                services.AddIdentityApiEndpoints<IdentityUser>().AddEntityFrameworkStores<AccountsContext>();
                services.AddAuthorization();
                services.AddDataProtection().UseEphemeralDataProtectionProvider();
            },
            Map = static app => app.MapIdentityApi<IdentityUser>(),
        });
        const string Right = "Correct-Horse-1";

        Assert.Equal(HttpStatusCode.OK, await PostAsync("/register", Right));
        Assert.Equal(HttpStatusCode.OK, await PostAsync("/login", Right));
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync("/login", "wrong"));
            Assert.Equal(i % 5, await FailuresAsync());   // the fifth locks, and counts from the beginning
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync("/login", Right));
        Assert.Equal(1, await Database.ScalarAsync("select count(*) from \"AspNetUsers\" where \"LockoutEnd\" is not null"));
        Assert.Empty(site.Errors);

        Task<long> FailuresAsync() => Database.ScalarAsync("select \"AccessFailedCount\" from \"AspNetUsers\"");

        async Task<HttpStatusCode> PostAsync(string path, string password) =>
            (await site.Client.PostAsJsonAsync(path, new { email = "ada@example.org", password }, Token)).StatusCode;
    }
}
