using System.Globalization;

namespace Bank.Input;

/// <summary>The route constraint <c>{id:id}</c>: a positive whole number, written in digits. Anything else is an unknown route.</summary>
internal sealed class IdConstraint : IRouteConstraint
{
    public bool Match(
        HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        long.TryParse(Convert.ToString(values[routeKey], CultureInfo.InvariantCulture), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && id > 0;
}
