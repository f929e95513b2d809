using Microsoft.EntityFrameworkCore;
using Millpond;
using Shop.Database;
using Shop.Mails;

namespace Shop.Orders;

/// <summary>Places orders, for the page as for gRPC. The session commits them, at the end of the request.</summary>
public sealed class OrderDesk(ShopContext shop, DbSession session, OrderMails mails)
{
    /// <param name="form">A valid form.</param>
    /// <param name="cancellationToken">Ends it, with nothing done.</param>
    public async Task<OrderResult> PlaceAsync(OrderForm form, CancellationToken cancellationToken)
    {
        // A savepoint in the session: a rejected order returns the reserved items.
        await using var transaction = await shop.Database.BeginTransactionAsync(cancellationToken);
        var order = new Order { Email = form.Email, Placed = DateTimeOffset.UtcNow };

        // Lower id first, so that two concurrent orders cannot deadlock.
        foreach (var line in form.Lines.Where(line => line.Quantity > 0).OrderBy(line => line.ProductId))
        {
            var taken = await TakeAsync(line, cancellationToken);
            var product = await shop.Products.AsNoTracking()
                .SingleOrDefaultAsync(product => product.Id == line.ProductId, cancellationToken);
            if (product is null || !taken)
            {
                return new OrderResult(null, product is null
                    ? $"There is no product {line.ProductId}."
                    : $"Out of stock: {product.Name} has {product.Stock} left, and {line.Quantity} were ordered.");
            }

            order.Lines.Add(new OrderLine { ProductId = product.Id, Quantity = line.Quantity, Price = product.Price });
        }

        shop.Add(order);
        await shop.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        mails.SendAfterCommit(session, order.Id);
        return new OrderResult(order, null);
    }

    /// <summary>Reserves items if there are enough. The condition is part of the update, so the database's row lock orders
    /// concurrent requests and no retry is needed.</summary>
    private async Task<bool> TakeAsync(OrderFormLine line, CancellationToken cancellationToken) =>
        await shop.Products
            .Where(product => product.Id == line.ProductId && product.Stock >= line.Quantity)
            .ExecuteUpdateAsync(
                set => set.SetProperty(product => product.Stock, product => product.Stock - line.Quantity),
                cancellationToken) == 1;
}
