using System.Data;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Millpond;
using Shop.Database;

namespace Shop.Reports;

/// <summary>Sums by EF and a table by Dapper: one connection, one transaction, one snapshot, so they agree.</summary>
public sealed class ReportController(ShopContext shop, DbSession session) : Controller
{
    private const int Most = 100;

    [HttpGet("/report")]
    [Session(Access = SessionAccess.ReadOnly, Isolation = IsolationLevel.RepeatableRead)]
    public async Task<IActionResult> Index(CancellationToken cancellationToken)
    {
        var orders = await shop.Orders.CountAsync(cancellationToken);
        var revenue = await shop.OrderLines.SumAsync(line => line.Quantity * line.Price, cancellationToken);
        var products = await session.QueryAsync<ProductSales>(
            $"""
            select p."Name", cast(sum(l."Quantity") as bigint) as "Pieces",
                   cast(sum(l."Quantity" * l."Price") as bigint) as "Revenue"
            from "OrderLines" l join "Products" p on p."Id" = l."ProductId"
            group by p."Id", p."Name" order by 3 desc, p."Id" limit {Most}
            """,
            cancellationToken);
        return View(new Report(orders, revenue, products));
    }
}
