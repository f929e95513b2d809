using System.Globalization;
using System.Text.Json;
using Millpond.Soak.Database;
using Millpond.Soak.Service;

namespace Millpond.Soak.Load;

/// <summary>The kinds of requests.</summary>
internal static class RequestKinds
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>Gets the kinds of the mixed load, whose shares sum up to 100.</summary>
    public static IReadOnlyList<RequestKind> All { get; } =
    [
        new() { Name = "transfer", Share = 14, Path = TransferEndpoints.Plain, Moves = true },
        new() { Name = "transfer, ConfirmCommit", Share = 10, Path = TransferEndpoints.Confirmed, Moves = true },
        new() { Name = "transfer, Retries", Share = 14, Path = TransferEndpoints.Retried, Moves = true },
        new() { Name = "transfer, EF Core", Share = 10, Path = TransferEndpoints.EntityFramework, Moves = true },
        new()
        {
            Name = "transfer to nobody (404)", Share = 4, Path = TransferEndpoints.Plain, Moves = true, ToNobody = true,
            Status = StatusCodes.Status404NotFound,
        },
        new()
        {
            Name = "transfer that throws (500)", Share = 4, Path = TransferEndpoints.Broken, Moves = true,
            Status = StatusCodes.Status500InternalServerError,
        },
        new()
        {
            Name = "transfer, client leaves", Share = 5, Path = TransferEndpoints.Plain, Moves = true, Patience = (1, 40),
        },
        new()
        {
            Name = "transfer, 0.2 s deadline", Share = 5, Path = TransferEndpoints.Retried, Moves = true, Patience = (200, 200),
        },
        new() { Name = "read", Share = 18, Path = ReadEndpoints.Total, FindFault = CheckTotal },
        new() { Name = "slow read", Share = 8, Path = ReadEndpoints.Slow },
        new() { Name = "slow read, client leaves", Share = 3, Path = ReadEndpoints.Slow, Patience = (1, 40) },
        new() { Name = "stream", Share = 4, Path = ReadEndpoints.Accounts, FindFault = CheckAccounts, Streams = true },
        new()
        {
            Name = "stream, client leaves", Share = 1, Path = ReadEndpoints.Accounts, Patience = (1, 40), Streams = true,
        },
    ];

    /// <summary>Gets the kind that is sent in bursts.</summary>
    public static RequestKind Burst { get; } = new() { Name = "slow read, in a burst", Share = 0, Path = ReadEndpoints.Slow };

    /// <summary>Gets the simplest kind, which probes whether the service responds again.</summary>
    public static RequestKind Probe { get; } =
        new() { Name = "read, until one is answered", Share = 0, Path = ReadEndpoints.Total, FindFault = CheckTotal };

    /// <summary>Returns the kind of a request, by a number from 0 to 99.</summary>
    public static RequestKind At(int place)
    {
        foreach (var kind in All)
        {
            place -= kind.Share;
            if (place < 0)
            {
                return kind;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(place), "The shares are less than a hundred.");
    }

    private static string? CheckTotal(byte[] body) => CheckSum(JsonSerializer.Deserialize<long>(body));

    private static string? CheckAccounts(byte[] body)
    {
        var accounts = JsonSerializer.Deserialize<List<Account>>(body, Web)!;
        return accounts.Count == SoakDatabase.Accounts ? CheckSum(accounts.Sum(account => account.Balance))
            : string.Create(CultureInfo.InvariantCulture, $"{accounts.Count} of {SoakDatabase.Accounts} accounts");
    }

    private static string? CheckSum(long sum) => sum == SoakDatabase.Total ? null
        : string.Create(CultureInfo.InvariantCulture, $"a total of {sum}, not {SoakDatabase.Total}");
}
