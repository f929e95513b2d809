using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Shop.Database;

namespace Shop.Products;

/// <summary>What there is to buy.</summary>
public sealed class ProductsController(ShopContext shop) : Controller
{
    [HttpGet("/")]
    public async Task<IActionResult> Index(CancellationToken cancellationToken) =>
        View(await shop.Products.AsNoTracking().OrderBy(product => product.Id).ToListAsync(cancellationToken));
}
