using System.ComponentModel.DataAnnotations;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Shop.Database;
using Shop.Orders;

namespace Shop.Protos;

/// <summary>The shop over gRPC. A call whose status is OK is committed before its answer leaves.</summary>
public sealed class StorefrontService(ShopContext shop, OrderDesk desk, IHostApplicationLifetime life)
    : Storefront.StorefrontBase
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public override async Task<PlacedOrder> PlaceOrder(NewOrder request, ServerCallContext context)
    {
        var result = await desk.PlaceAsync(Read(request), context.CancellationToken);
        return result.Order is { } order
            ? new PlacedOrder { Id = order.Id, TotalCents = order.Total }
            : throw new RpcException(new Status(StatusCode.FailedPrecondition, result.Refusal!));
    }

    public override async Task WatchStock(
        StockRequest request, IServerStreamWriter<StockLevel> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, life.ApplicationStopping);
        await context.WriteResponseHeadersAsync([]);   // the commit point: each query afterwards runs on its own
        try
        {
            var told = new Dictionary<long, int>();
            while (true)
            {
                foreach (var product in await shop.Products.AsNoTracking().OrderBy(one => one.Id).ToListAsync(end.Token))
                {
                    if (!told.TryGetValue(product.Id, out var stock) || stock != product.Stock)
                    {
                        told[product.Id] = product.Stock;
                        await responseStream.WriteAsync(
                            new StockLevel { ProductId = product.Id, Name = product.Name, Stock = product.Stock }, end.Token);
                    }
                }

                await Task.Delay(Pause, end.Token);
            }
        }
        catch (OperationCanceledException) when (life.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The shop is shutting down."));
        }
    }

    /// <exception cref="RpcException">The order is invalid: INVALID_ARGUMENT.</exception>
    private static OrderForm Read(NewOrder request)
    {
        var form = new OrderForm
        {
            Email = request.Email,
            Lines = [.. request.Lines.Select(line => new OrderFormLine { ProductId = line.ProductId, Quantity = line.Quantity })],
        };
        List<ValidationResult> faults = [];
        foreach (object part in (object[])[form, .. form.Lines])
        {
            Validator.TryValidateObject(part, new ValidationContext(part), faults, validateAllProperties: true);
        }

        return faults.Count == 0
            ? form
            : throw new RpcException(new Status(
                StatusCode.InvalidArgument, string.Join(" ", faults.Select(fault => fault.ErrorMessage).Distinct())));
    }
}
