using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>The users of ASP.NET Core Identity.</summary>
public sealed class AccountsContext(DbContextOptions<AccountsContext> options) : IdentityDbContext<IdentityUser>(options);
