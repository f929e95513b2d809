using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Millpond.Grpc;

/// <summary>A stream of a JSON-transcoded call, which is not flushed otherwise: each message is sent when it is written, and
/// the first one is the commit point, as in gRPC itself.</summary>
internal sealed class CommittingWriter<T>(IServerStreamWriter<T> inner, HttpResponse response) : IServerStreamWriter<T>
{
    public WriteOptions? WriteOptions
    {
        get => inner.WriteOptions;
        set => inner.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        await inner.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        await response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
