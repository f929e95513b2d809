using Microsoft.EntityFrameworkCore;
using Millpond;
using Shop.Database;
using Shop.Orders;
using Shop.Products;

namespace Shop.Mails;

/// <summary>Writes to whoever has ordered, once the order is committed, behind the answer.</summary>
public sealed class OrderMails(BackgroundSessions background, MailFile file)
{
    /// <summary>Has a mail sent when the session commits; none when it rolls back.</summary>
    public void SendAfterCommit(DbSession session, long order) =>
        background.Enqueue(session, (own, services, token) =>
            SendAsync(order, own, services.GetRequiredService<ShopContext>(), token));

    private async Task SendAsync(long id, DbSession own, ShopContext shop, CancellationToken cancellationToken)
    {
        var order = await shop.Orders.AsNoTracking()
            .Include(order => order.Lines).ThenInclude(line => line.Product)
            .SingleAsync(order => order.Id == id, cancellationToken);
        await own.CommitAsync(cancellationToken);   // no connection is held while a mail is sent
        await file.AppendAsync(Write(order), cancellationToken);
    }

    private static string Write(Order order)
    {
        var lines = order.Lines.OrderBy(line => line.ProductId).Select(line => $"{line.Quantity} x {line.Product!.Name}");
        return $"to {order.Email}: order {order.Id}, {string.Join(", ", lines)}, {Cents.Text(order.Total)} in all";
    }
}
