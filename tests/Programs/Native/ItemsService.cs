using Grpc.Core;
using Millpond;

namespace Native;

/// <summary>The same items, over gRPC.</summary>
internal sealed class ItemsService(DbSession session) : Items.ItemsBase
{
    public override async Task<Item> Add(NewItem request, ServerCallContext context) => new()
    {
        Id = await ItemTable.AddAsync(session, request.Name, context.CancellationToken),
        Name = request.Name,
    };
}
