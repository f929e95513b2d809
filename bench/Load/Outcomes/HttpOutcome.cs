using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace Millpond.Load.Outcomes;

/// <summary>Gives what became of an HTTP request its class.</summary>
public static class HttpOutcome
{
    /// <summary>The code of a commit with an unknown outcome.</summary>
    private const string UnknownCommit = "MILL3006";

    private const int LongestCode = 32;

    /// <summary>Names an answer by its status, and an error that is a problem document by its code.</summary>
    public static Outcome OfAnswer(HttpStatusCode status, string? code = null)
    {
        var number = ((int)status).ToString(CultureInfo.InvariantCulture);
        var word = code ?? (Enum.IsDefined(status) ? status.ToString() : "");
        return new Outcome($"{number} {word}".TrimEnd(), KindOf((int)status, code));
    }

    /// <summary>The <c>code</c> of a problem document; null where there is none, or a text instead of a code.</summary>
    public static string? CodeOf(MediaTypeHeaderValue? type, ReadOnlySpan<byte> body)
    {
        if (type?.MediaType is not "application/problem+json")
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(body);
            return JsonElement.TryParseValue(ref reader, out var problem)
                && problem.Value.ValueKind == JsonValueKind.Object
                && problem.Value.TryGetProperty("code", out var code)
                && code.ValueKind == JsonValueKind.String
                && IsCode(code.GetString()!)
                    ? code.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Names what was thrown. Only without a connection is it certain that nothing was done.</summary>
    public static Outcome OfFailure(Exception failure) => failure switch
    {
        _ when Find<SocketException>(failure) is { } socket => OfSocket(socket.SocketErrorCode),
        HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => new Outcome("not HTTP", OutcomeKind.Unknown),
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or IOException
            => new Outcome("connection closed", OutcomeKind.Unknown),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }
            => new Outcome("connection failed", OutcomeKind.Refused),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
            => new Outcome("no TLS", OutcomeKind.Refused),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded }
            => new Outcome("not HTTP", OutcomeKind.Unknown),
        OperationCanceledException { InnerException: TimeoutException } => new Outcome("connect timeout", OutcomeKind.Refused),
        HttpRequestException { InnerException: IOException } => new Outcome("connection closed", OutcomeKind.Unknown),
        _ => new Outcome(failure.GetType().Name, OutcomeKind.Unknown),
    };

    /// <summary>The code is shown in the table, so arbitrary text from a server must not reach the terminal.</summary>
    private static bool IsCode(string text) => text.Length is > 0 and <= LongestCode
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.');

    private static Outcome OfSocket(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => new Outcome("connection refused", OutcomeKind.Refused),
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
            => new Outcome("unknown host", OutcomeKind.Refused),
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
            => new Outcome("connection reset", OutcomeKind.Unknown),
        _ => new Outcome($"socket: {error}", OutcomeKind.Unknown),
    };

    /// <summary>A gateway's error does not show what happened behind it.</summary>
    private static OutcomeKind KindOf(int status, string? code) => status switch
    {
        >= 200 and < 300 => OutcomeKind.Done,
        _ when code == UnknownCommit => OutcomeKind.Unknown,
        (>= 400 and < 500) or 500 or 501 or 503 => OutcomeKind.Refused,
        _ => OutcomeKind.Unknown,
    };

    private static T? Find<T>(Exception? failure)
        where T : Exception
    {
        while (failure is not null and not T)
        {
            failure = failure.InnerException;
        }

        return (T?)failure;
    }
}
