namespace Bank.Input;

/// <summary>What the OpenAPI document says of endpoints that take a body.</summary>
internal static class InputEndpoints
{
    public static RouteHandlerBuilder ProducesInputProblems(this RouteHandlerBuilder endpoint) => endpoint
        .ProducesValidationProblem()
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
}
