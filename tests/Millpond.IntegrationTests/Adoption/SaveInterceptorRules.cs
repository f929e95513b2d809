using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Contexts;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

/// <summary>Interceptors out of the container, with scoped services, for auditing and domain events.</summary>
public abstract class SaveInterceptorRules(RequestDatabase database) : RetryTestBase(database)
{
    [Fact]
    public async Task E01_An_interceptor_from_the_requests_services_knows_its_user_also_in_a_retry()
    {
        var site = await StartAsync(new SitePlan
        {
            Services = services => services
                .AddScoped<SignedInUser>()
                .AddScoped<ISaveChangesInterceptor, SigningInterceptor>()
                .AddSessionDbContext<UsersContext>((provider, options) =>
                {
                    EfProvider.Choose(options, Database.IsPostgres);
                    options.AddInterceptors(provider.GetServices<ISaveChangesInterceptor>());
                }),
            Map = app =>
            {
                app.Use(static (context, next) =>
                {
                    context.RequestServices.GetRequiredService<SignedInUser>().Name = context.Request.Query["as"];
                    return next(context);
                });
                app.MapPost("/users", async (UsersContext users, DbSession session) =>
                {
                    users.Add(new User());
                    await users.SaveChangesAsync();
                    if (CountTry() % 2 == 1)
                    {
                        await ConflictAsync(session);
                    }
                }).WithSession(static options => options.Retries = 1);
            },
        });

        foreach (var name in new[] { "ada", "bob" })
        {
            (await site.Client.PostAsync($"/users?as={name}", null, Token)).EnsureSuccessStatusCode();
        }

        Assert.Equal(1, await CountAsync("users where name = 'ada'"));
        Assert.Equal(1, await CountAsync("users where name = 'bob'"));
        Assert.Equal((2, 4), (await CountAsync("users"), Tries));
    }
}
