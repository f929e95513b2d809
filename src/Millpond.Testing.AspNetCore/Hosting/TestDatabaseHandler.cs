namespace Millpond.Testing.AspNetCore.Hosting;

/// <summary>Adds the token of a test's database to every request.</summary>
internal sealed class TestDatabaseHandler(string token, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Remove(TestDatabaseRoutes.Header);
        request.Headers.Add(TestDatabaseRoutes.Header, token);
        return base.SendAsync(request, cancellationToken);
    }
}
