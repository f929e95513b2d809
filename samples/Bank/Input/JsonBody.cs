using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Bank.Input;

/// <summary>A strictly validated JSON object: no type conversions, no duplicate members. It collects all faults, which
/// <see cref="ThrowIfInvalid"/> reports together.</summary>
internal sealed class JsonBody
{
    /// <summary>The maximum size in bytes.</summary>
    public const int Most = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly JsonElement _members;
    private readonly Dictionary<string, string[]> _errors = [];

    private JsonBody(JsonElement members) => _members = members;

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="InvalidInputException">The body is not a JSON object.</exception>
    /// <exception cref="BadHttpRequestException">The body is larger than <see cref="Most"/>, or has another media
    /// type.</exception>
    public static async Task<JsonBody> ReadAsync(HttpRequest request)
    {
        if (request.ContentType is not null && !IsUtf8Json(request))
        {
            throw new BadHttpRequestException(
                "The body must be application/json in UTF-8.", StatusCodes.Status415UnsupportedMediaType);
        }

        var bytes = await ReadBytesAsync(request);
        if (bytes.Length == 0)
        {
            throw Unreadable("A JSON object is required; the body is empty.");
        }

        if (request.ContentType is null)
        {
            throw new BadHttpRequestException("The body must be application/json.", StatusCodes.Status415UnsupportedMediaType);
        }

        return new JsonBody(Parse(bytes));
    }

    /// <summary>Reads a text of 1 to <paramref name="longest"/> characters after trimming, without control
    /// characters.</summary>
    public string Text(string name, int longest)
    {
        if (!_members.TryGetProperty(name, out var member)
            || member.ValueKind != JsonValueKind.String
            || !TryGetText(member, out var text))
        {
            return Fault(name, "A string is required.", "");
        }

        text = text.Trim();
        if (text.Length == 0 || text.EnumerateRunes().Count() > longest)
        {
            return Fault(name, $"1 to {longest} characters are required.", text);
        }

        return text.Any(char.IsControl) ? Fault(name, "Control characters are not allowed.", text) : text;
    }

    /// <summary>Reads a whole number without fraction or exponent, from <paramref name="least"/> to
    /// <paramref name="most"/>.</summary>
    public long Integer(string name, long least = long.MinValue, long most = long.MaxValue)
    {
        if (!_members.TryGetProperty(name, out var member)
            || member.ValueKind != JsonValueKind.Number
            || !member.TryGetInt64(out var number))
        {
            return Fault(name, "An integer is required.", 0L);
        }

        return number < least || number > most ? Fault(name, $"A number from {least} to {most} is required.", number) : number;
    }

    /// <summary>Completes the validation.</summary>
    /// <exception cref="InvalidInputException">The object has faults.</exception>
    public void ThrowIfInvalid()
    {
        if (_errors.Count > 0)
        {
            throw new InvalidInputException(_errors);
        }
    }

    private T Fault<T>(string name, string message, T value)
    {
        _errors.TryAdd(name, [message]);
        return value;
    }

    private static bool IsUtf8Json(HttpRequest request) =>
        request.HasJsonContentType()
        && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && (!type.Charset.HasValue
            || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads at most one byte more than the limit. The server's own limit is higher, so it drains the rest and the
    /// client receives the response.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request)
    {
        var bytes = new byte[Math.Min(request.ContentLength ?? Most, Most) + 1];
        var length = request.ContentLength > Most
            ? bytes.Length
            : await request.Body.ReadAtLeastAsync(
                bytes, bytes.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        return length <= Most
            ? bytes.AsMemory(0, length)
            : throw new BadHttpRequestException($"The body is larger than {Most} bytes.", StatusCodes.Status413PayloadTooLarge);
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))   // the parser validates only what is read
        {
            throw Unreadable("The body is not in UTF-8.");
        }

        try
        {
            using var document = JsonDocument.Parse(body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[3..] : body, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw Unreadable("A JSON object is required.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)   // or a name with invalid Unicode
        {
            throw Unreadable($"The body is not valid JSON: {fault.Message}");
        }
    }

    private static bool TryGetText(JsonElement member, out string text)
    {
        try
        {
            text = member.GetString()!;
            return true;
        }
        catch (InvalidOperationException)   // half a surrogate pair
        {
            text = "";
            return false;
        }
    }

    private static InvalidInputException Unreadable(string message) => new(new() { ["body"] = [message] });
}
