using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Bank.Input;

namespace Bank.Accounts;

/// <summary>The body of <c>POST /accounts</c>. Handlers receive only valid ones.</summary>
internal sealed record NewAccount : IBindableFromHttpContext<NewAccount>, IJsonBody
{
    /// <summary>1 to 100 characters after trimming, without control characters.</summary>
    [StringLength(100, MinimumLength = 1)]
    public required string Owner { get; init; }

    /// <summary>In cents, 0 to 10^15.</summary>
    [Range(0, Money.Most)]
    public required long Balance { get; init; }

    /// <summary>Reads the body, or throws <see cref="InvalidInputException"/> with all of its faults.</summary>
    public static async ValueTask<NewAccount?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var body = await JsonBody.ReadAsync(context.Request);
        var account = new NewAccount { Owner = body.Text("owner", 100), Balance = body.Integer("balance", 0, Money.Most) };
        body.ThrowIfInvalid();
        return account;
    }
}
