using Microsoft.EntityFrameworkCore;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>Another context on the same tables.</summary>
public sealed class StockContext(DbContextOptions<StockContext> options) : ShopContext(options);
