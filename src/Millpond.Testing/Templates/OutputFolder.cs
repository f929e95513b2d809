using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Millpond.Testing.Templates;

/// <summary>Detects that an assembly in the tests' output folder was compiled from other sources.</summary>
internal static class OutputFolder
{
    public static readonly Lazy<string> Fingerprint = new(() => DatabaseTemplate.Hash(
        Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll").Order(StringComparer.Ordinal).Select(Describe)));

    private static string Describe(string file)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        try
        {
            if (image.HasMetadata)
            {
                var metadata = image.GetMetadataReader();
                return $"{Path.GetFileName(file)} {metadata.GetGuid(metadata.GetModuleDefinition().Mvid)}";
            }
        }
        catch (BadImageFormatException)
        {
            // A native library.
        }

        return FormattableString.Invariant($"{Path.GetFileName(file)} {stream.Length}");
    }
}
