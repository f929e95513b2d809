namespace Bank.Input;

/// <summary>Tells the OpenAPI document that an endpoint takes a <see cref="Page"/>.</summary>
internal sealed class PageMetadata;
