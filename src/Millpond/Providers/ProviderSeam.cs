namespace Millpond.Providers;

/// <summary>
/// Names the surface that exists for authors of database providers and may still change between minor versions.
/// </summary>
internal static class ProviderSeam
{
    public const string Id = "MILLSEAM";
}
