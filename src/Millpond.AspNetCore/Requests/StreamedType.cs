using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Millpond.AspNetCore.Requests;

/// <summary>Which declared results are read while they are sent (S09).</summary>
internal static class StreamedType
{
    /// <summary>Looks at a type, and into what wraps a result: a task, an <c>ActionResult</c>, one of several results.</summary>
    public static bool Is(Type type) =>
        Streams(type) || (Wraps(type) && Array.Exists(type.GetGenericArguments(), Is));

    [UnconditionalSuppressMessage(
        "Trimming", "IL2070", Justification = "Whoever sends the result looks for the same interface, so it is kept.")]
    private static bool Streams(Type type) =>
        IsOf(type, typeof(IAsyncEnumerable<>))
        || IsOf(type, typeof(ServerSentEventsResult<>))
        || IsOf(type, typeof(ChannelReader<>))
        || Array.Exists(type.GetInterfaces(), static one => IsOf(one, typeof(IAsyncEnumerable<>)));

    private static bool Wraps(Type type) =>
        type.IsGenericType
        && (IsOf(type, typeof(Task<>)) || IsOf(type, typeof(ValueTask<>)) || IsOf(type, typeof(ActionResult<>))
            || typeof(IResult).IsAssignableFrom(type));

    private static bool IsOf(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;
}
