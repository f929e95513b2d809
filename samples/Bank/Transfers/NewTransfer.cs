using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Bank.Input;

namespace Bank.Transfers;

/// <summary>The body of <c>POST /transfers</c>. Handlers receive only valid ones.</summary>
internal sealed record NewTransfer : IBindableFromHttpContext<NewTransfer>, IJsonBody
{
    /// <summary>The account to debit.</summary>
    public required long From { get; init; }

    /// <summary>The account to credit, which is a different one.</summary>
    public required long To { get; init; }

    /// <summary>In cents, 1 to 10^15.</summary>
    [Range(1, Money.Most)]
    public required long Amount { get; init; }

    /// <summary>Reads the body, or throws <see cref="InvalidInputException"/> with all of its faults.</summary>
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
