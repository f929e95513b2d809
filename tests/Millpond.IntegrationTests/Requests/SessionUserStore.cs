using Microsoft.AspNetCore.Identity;

namespace Millpond.IntegrationTests.Requests;

/// <summary>A store of users that knows nobody, and writes down each one that is looked for.</summary>
internal sealed class SessionUserStore(DbSession session) : IUserEmailStore<IdentityUser>
{
    public async Task<IdentityUser?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken)
    {
        await session.RunAsync(RequestTestBase.GoodInsert, cancellationToken);
        return null;
    }

    public void Dispose()
    {
        // The session is the request's.
    }

    public Task<IdentityResult> CreateAsync(IdentityUser user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IdentityResult> DeleteAsync(IdentityUser user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IdentityUser?> FindByEmailAsync(string normalizedEmail, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IdentityUser?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string?> GetEmailAsync(IdentityUser user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<bool> GetEmailConfirmedAsync(IdentityUser user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string?> GetNormalizedEmailAsync(IdentityUser user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string?> GetNormalizedUserNameAsync(IdentityUser user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string> GetUserIdAsync(IdentityUser user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string?> GetUserNameAsync(IdentityUser user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetEmailAsync(IdentityUser user, string? email, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetEmailConfirmedAsync(IdentityUser user, bool confirmed, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetNormalizedEmailAsync(IdentityUser user, string? normalizedEmail, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetNormalizedUserNameAsync(IdentityUser user, string? normalizedName, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetUserNameAsync(IdentityUser user, string? userName, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IdentityResult> UpdateAsync(IdentityUser user, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
