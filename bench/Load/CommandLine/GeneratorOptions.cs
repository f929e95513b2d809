using System.Net.Http.Headers;
using System.Text;
using Millpond.Load.Generation;

namespace Millpond.Load.CommandLine;

/// <summary>The command-line options of the generator, which sends one request repeatedly to any server.</summary>
internal sealed record GeneratorOptions
{
    public const string Help = """
        Load on any HTTP server: dotnet run -c Release --project bench/Load -- --url http://… [options]

          --url ADDRESS      the server, or the whole address of the request
          --path PATH        the path of the request, where --url has none
          --method METHOD    GET, or POST where there is a body
          --body TEXT        the body of each request
          --type TYPE        its media type (application/json)

          --rate N           arrivals a second, by a schedule, whatever the server does (100)
          --poisson          arrivals as many users make them, not at even intervals
          --clients N        instead: N clients that each wait for their answer
          --think MS         how long such a client pauses after an answer (0)
          --seconds N        how long requests are begun (10)
          --requests N       how many requests at most
          --deadline MS      when a client gives up, from the time a request was due (never)
          --outstanding N    how many may be without an answer; more are not sent (10000)
          --seed N           makes the same arrivals again
          --json             the report as JSON

        Times are from when a request was due to the last byte of its answer. Exit code: 0, 1 nothing was done, 2 wrong
        options, 3 void (the generator lagged more than 5 ms at p99), 130 interrupted.
        """;

    public required LoadPlan Plan { get; init; }

    public required Uri Address { get; init; }

    public required HttpMethod Method { get; init; }

    public required byte[]? Body { get; init; }

    public required MediaTypeHeaderValue Type { get; init; }

    public required bool Json { get; init; }

    /// <exception cref="UsageException">An option is invalid.</exception>
    public static GeneratorOptions Read(IReadOnlyList<string> arguments)
    {
        var options = new OptionReader(
            arguments,
            [
                .. PlanOptions.Names, "url", "path", "method", "body", "type",
                "poisson!", "think", "requests", "outstanding", "json!",
            ]);
        var plan = options.ReadPlan(rate: 100, seconds: 10);
        var requests = options.Whole("requests", 1, 1_000_000_000);
        var address = options.Address("url") ?? throw new UsageException("--url is missing; --help shows the options.");
        var body = options.Text("body");
        return new GeneratorOptions
        {
            Plan = plan with
            {
                Poisson = options.Has("poisson"),
                Think = options.Milliseconds("think", 0, 600_000) ?? TimeSpan.Zero,
                Requests = requests,
                Duration = requests is null || options.Has("seconds") ? plan.Duration : null,
                MaxOutstanding = options.Whole("outstanding", 1, 1_000_000) ?? plan.MaxOutstanding,
            },
            Address = options.Text("path") is { } path ? new Uri(address, path) : address,
            Method = Verb(options.Text("method") ?? (body is null ? "GET" : "POST")),
            Body = body is null ? null : Encoding.UTF8.GetBytes(body),
            Type = MediaType(options.Text("type") ?? "application/json"),
            Json = options.Has("json"),
        };
    }

    private static MediaTypeHeaderValue MediaType(string text) => MediaTypeHeaderValue.TryParse(text, out var type)
        ? type
        : throw new UsageException($"--type needs a media type such as application/json, not '{text}'.");

    private static HttpMethod Verb(string name) => name.Length > 0 && name.All(char.IsAsciiLetter)
        ? HttpMethod.Parse(name.ToUpperInvariant())
        : throw new UsageException($"--method needs a method such as GET, not '{name}'.");
}
