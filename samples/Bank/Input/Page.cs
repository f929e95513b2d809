using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Bank.Input;

/// <summary>The requested page of a list: <c>?after=0&amp;limit=50</c>.</summary>
/// <param name="After">The page begins after this id.</param>
/// <param name="Limit">The maximum number of items.</param>
internal sealed record Page(long After, long Limit) : IBindableFromHttpContext<Page>, IEndpointParameterMetadataProvider
{
    public static ValueTask<Page?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var errors = new Dictionary<string, string[]>();
        var page = new Page(
            Read(context.Request.Query, "after", 0, (0, long.MaxValue), errors),
            Read(context.Request.Query, "limit", 50, (1, 500), errors));
        return errors.Count == 0 ? new(page) : throw new InvalidInputException(errors);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new PageMetadata());

    private static long Read(
        IQueryCollection query, string name, long usual, (long Least, long Most) range, Dictionary<string, string[]> errors)
    {
        if (!query.TryGetValue(name, out var values))
        {
            return usual;
        }

        if (values.Count == 1 && Digits.TryRead(values[0], out var number) && number >= range.Least && number <= range.Most)
        {
            return number;
        }

        errors[name] = [$"An integer from {range.Least} to {range.Most} is required."];
        return usual;
    }
}
