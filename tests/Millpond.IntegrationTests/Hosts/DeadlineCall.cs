using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A gRPC call with a deadline that only the server looks at.</summary>
internal static class DeadlineCall
{
    /// <returns>The call's status as the server told it.</returns>
    public static async Task<string> SendAsync(
        Uri address, string method, IMessage message, string timeout, CancellationToken token)
    {
        const int Prefix = 5;   // not compressed, and the length
        var bytes = new byte[Prefix + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), bytes.Length - Prefix);
        message.WriteTo(bytes.AsSpan(Prefix));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
            Headers = { { "te", "trailers" }, { "grpc-timeout", timeout } },
        };
        using var answer = await http.SendAsync(request, token);
        await answer.Content.ReadAsByteArrayAsync(token);
        return answer.TrailingHeaders.Concat(answer.Headers).First(static one => one.Key == "grpc-status").Value.Single();
    }
}
