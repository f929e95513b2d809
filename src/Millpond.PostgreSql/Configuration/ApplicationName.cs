using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Millpond.PostgreSql.Configuration;

/// <summary>The application name of an engine's connections: <c>millpond/{engine}/{worker}</c>.</summary>
internal static class ApplicationName
{
    /// <summary>The length of the part that identifies a worker. The rest is the same for all workers.</summary>
    public const int WorkerLength = 8;

    // The server truncates a name after 63 bytes, which would remove the worker.
    private const int MaxBytes = 63;

    public static string For(string engineName)
    {
        var name = new StringBuilder("millpond/");
        foreach (var letter in engineName)
        {
            name.Append(letter is >= ' ' and <= '~' ? letter : '?');   // the server does the same, byte by byte
        }

        name.Length = Math.Min(name.Length, MaxBytes - WorkerLength - 1);
        return string.Create(
            CultureInfo.InvariantCulture, $"{name}/{RandomNumberGenerator.GetHexString(WorkerLength, lowercase: true)}");
    }
}
