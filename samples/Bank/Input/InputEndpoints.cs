namespace Bank.Input;

/// <summary>OpenAPI metadata for endpoints with a body.</summary>
internal static class InputEndpoints
{
    public static RouteHandlerBuilder ProducesInputProblems(this RouteHandlerBuilder endpoint) => endpoint
        .ProducesValidationProblem()
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
}
