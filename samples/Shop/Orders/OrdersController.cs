using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Millpond;
using Shop.Database;

namespace Shop.Orders;

/// <summary>The order form, and the orders.</summary>
public sealed class OrdersController(ShopContext shop, OrderDesk desk) : Controller
{
    [HttpGet("/orders/new")]
    public Task<IActionResult> New(long product, CancellationToken cancellationToken)
    {
        var form = new OrderForm { Email = "", Lines = [new OrderFormLine { ProductId = product, Quantity = 1 }] };
        return ShowAsync(StatusCodes.Status200OK, form, null, cancellationToken);
    }

    /// <summary>A lost connection and a deadlock need not reach the person: the whole request runs again.</summary>
    [HttpPost("/orders")]
    [Session(Retries = 3)]
    public async Task<IActionResult> Place(OrderForm form, CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid)
        {
            return await ShowAsync(StatusCodes.Status400BadRequest, form, null, cancellationToken);
        }

        var result = await desk.PlaceAsync(form, cancellationToken);
        return result.Order is { } order
            ? RedirectToAction(nameof(Show), new { id = order.Id })
            : await ShowAsync(StatusCodes.Status409Conflict, form, result.Refusal, cancellationToken);
    }

    [HttpGet("/orders/{id:long}")]
    public async Task<IActionResult> Show(long id, CancellationToken cancellationToken)
    {
        var order = await shop.Orders.AsNoTracking()
            .Include(order => order.Lines).ThenInclude(line => line.Product)
            .SingleOrDefaultAsync(order => order.Id == id, cancellationToken);
        return order is null ? NotFound() : View(order);
    }

    private async Task<IActionResult> ShowAsync(
        int status, OrderForm form, string? refusal, CancellationToken cancellationToken)
    {
        var products = await shop.Products.AsNoTracking().OrderBy(product => product.Id).ToListAsync(cancellationToken);
        Response.StatusCode = status;
        return View(nameof(New), OrderPage.Of(products, form, refusal));
    }
}
