using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Millpond;

namespace Shop.Problems;

/// <summary>The page for a bare 400 or 404, and for an error that nobody foresaw.</summary>
[WithoutSession]
[IgnoreAntiforgeryToken]
public sealed class ProblemController : Controller
{
    [Route("/problem/{status:int:range(400, 599)}")]
    public IActionResult Index()
    {
        // Not a parameter, because model binding would also read the failed request's form, which may contain "status=200".
        var status = int.Parse((string)RouteData.Values["status"]!, CultureInfo.InvariantCulture);
        Response.StatusCode = status;
        return View("Problem", status);
    }
}
