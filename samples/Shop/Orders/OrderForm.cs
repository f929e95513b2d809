using System.ComponentModel.DataAnnotations;

namespace Shop.Orders;

/// <summary>What a person fills in, and what a program sends.</summary>
public sealed class OrderForm : IValidatableObject
{
    public const int LongestEmail = 100;

    [Display(Name = "E-mail")]
    [StringLength(LongestEmail)]
    [RegularExpression(@"[^@\s\p{C}]+@[^@\s\p{C}]+", ErrorMessage = "This is not an e-mail address.")]
    public required string Email { get; init; }

    public List<OrderFormLine> Lines { get; init; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Lines.Exists(line => line.Quantity > 0))
        {
            yield return new ValidationResult("Order at least one item.");
        }

        if (Lines.DistinctBy(line => line.ProductId).Count() < Lines.Count)
        {
            yield return new ValidationResult("Name each product once.");
        }
    }
}
