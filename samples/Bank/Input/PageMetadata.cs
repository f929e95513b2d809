namespace Bank.Input;

/// <summary>Metadata of endpoints that take a <see cref="Page"/>, for the OpenAPI document.</summary>
internal sealed class PageMetadata;
