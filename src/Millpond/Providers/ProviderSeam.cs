namespace Millpond.Providers;

/// <summary>The diagnostic id of the API for provider authors, which may still change between minor versions.</summary>
internal static class ProviderSeam
{
    public const string Id = "MILLSEAM";
}
