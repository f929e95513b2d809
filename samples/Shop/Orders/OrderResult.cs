namespace Shop.Orders;

/// <summary>An order that was placed, or why it was not.</summary>
public sealed record OrderResult(Order? Order, string? Refusal);
