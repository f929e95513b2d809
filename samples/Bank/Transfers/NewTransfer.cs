using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Bank.Input;

namespace Bank.Transfers;

/// <summary>What <c>POST /transfers</c> takes. One that reached a handler is valid.</summary>
internal sealed record NewTransfer : IBindableFromHttpContext<NewTransfer>, IJsonBody
{
    /// <summary>The account that pays.</summary>
    public required long From { get; init; }

    /// <summary>The account that is paid; another one.</summary>
    public required long To { get; init; }

    /// <summary>Whole cents, 1 to 10^15.</summary>
    [Range(1, Money.Most)]
    public required long Amount { get; init; }

    /// <summary>Reads the body, or throws <see cref="InvalidInputException"/> with everything that is wrong with it.</summary>
    public static async ValueTask<NewTransfer?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var body = await JsonBody.ReadAsync(context.Request);
        var transfer = new NewTransfer
        {
            From = body.Integer("from"),
            To = body.Integer("to"),
            Amount = body.Integer("amount", 1, Money.Most),
        };
        body.ThrowIfInvalid();
        return transfer.From != transfer.To
            ? transfer
            : throw new InvalidInputException(new() { ["to"] = ["This must be another account than 'from'."] });
    }
}
