namespace Bank.Input;

/// <summary>The route constraint <c>{id:id}</c>: a positive whole number in digits. Other values do not match the
/// route.</summary>
internal sealed class IdConstraint : IRouteConstraint
{
    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        Digits.TryRead(values[routeKey] as string, out var id) && id > 0;
}
