using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Millpond.IntegrationTests.Contexts;

namespace Millpond.IntegrationTests.Adoption;

/// <summary>Signs what a request adds, as interceptors for auditing do.</summary>
internal sealed class SigningInterceptor(SignedInUser user) : SaveChangesInterceptor
{
    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        foreach (var added in eventData.Context!.ChangeTracker.Entries<User>().Where(
            static one => one.State == EntityState.Added))
        {
            added.Entity.Name = user.Name;
        }

        return ValueTask.FromResult(result);
    }
}
