namespace Bank.Startup;

/// <summary>Lets GET endpoints handle HEAD. The server omits the body.</summary>
internal static class HeadEndpoints
{
    public static RouteGroupBuilder AnswerHeadLikeGet(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            var methods = endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault()?.HttpMethods;
            if (methods is [var method] && HttpMethods.IsGet(method))
            {
                endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
            }
        });
        return group;
    }
}
