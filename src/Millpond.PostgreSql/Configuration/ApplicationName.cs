using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Millpond.PostgreSql.Configuration;

/// <summary>The name by which the server knows an engine's connections: <c>millpond/{engine}/{worker}</c>.</summary>
internal static class ApplicationName
{
    /// <summary>The length of what tells workers apart; the rest is the same for all of them.</summary>
    public const int WorkerLength = 8;

    // The server cuts a name off after 63 bytes, and the worker with it.
    private const int MaxBytes = 63;

    public static string For(string engineName)
    {
        var name = new StringBuilder("millpond/");
        foreach (var letter in engineName)
        {
            name.Append(letter is >= ' ' and <= '~' ? letter : '?');   // what the server makes of it, a byte a letter
        }

        name.Length = Math.Min(name.Length, MaxBytes - WorkerLength - 1);
        return string.Create(
            CultureInfo.InvariantCulture, $"{name}/{RandomNumberGenerator.GetHexString(WorkerLength, lowercase: true)}");
    }
}
