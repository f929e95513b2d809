using Shop.Products;

namespace Shop.Orders;

/// <summary>The order form with what there is to buy.</summary>
/// <param name="Products">The products; the form has a line for each, at the same place.</param>
/// <param name="Form">What was filled in so far.</param>
/// <param name="Refusal">Why the order was refused, if it was.</param>
public sealed record OrderPage(IReadOnlyList<Product> Products, OrderForm Form, string? Refusal)
{
    public static OrderPage Of(IReadOnlyList<Product> products, OrderForm form, string? refusal = null) => new(
        products,
        new OrderForm { Email = form.Email, Lines = [.. products.Select(product => LineOf(form, product.Id))] },
        refusal);

    private static OrderFormLine LineOf(OrderForm form, long product) =>
        form.Lines.Find(line => line.ProductId == product) ?? new OrderFormLine { ProductId = product };
}
