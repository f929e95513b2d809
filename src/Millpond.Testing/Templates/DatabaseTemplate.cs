using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Millpond.Testing.Templates;

namespace Millpond;

/// <summary>What every test finds in its database: the schema, and the rows that are always there.</summary>
/// <remarks>A template is built once per server and reused by later runs until it changes.</remarks>
public sealed class DatabaseTemplate
{
    private readonly Func<DbEngine, CancellationToken, Task> _build;

    private DatabaseTemplate(string fingerprint, Func<DbEngine, CancellationToken, Task> build) =>
        (Fingerprint, _build) = (fingerprint, build);

    /// <summary>Gets a fingerprint that changes with the template.</summary>
    internal string Fingerprint { get; }

    /// <summary>Creates a template from SQL text.</summary>
    /// <param name="sql">The statements.</param>
    /// <returns>The template.</returns>
    public static DatabaseTemplate FromSql(string sql)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        return FromScripts([("the SQL text", sql)]);
    }

    /// <summary>Creates a template from SQL files, run in the ordinal order of their names.</summary>
    /// <param name="folder">The folder. A relative one is looked up beside the tests' assemblies.</param>
    /// <param name="pattern">Which files.</param>
    /// <returns>The template.</returns>
    /// <exception cref="TestDatabaseException">There is no such folder, or no such file in it.</exception>
    public static DatabaseTemplate FromFiles(string folder, string pattern = "*.sql")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var path = Path.Combine(AppContext.BaseDirectory, folder);
        var files = Directory.Exists(path) ? Directory.GetFiles(path, pattern) : [];
        if (files.Length == 0)
        {
            throw new TestDatabaseException(
                $"There is no file '{pattern}' in {path}. Have the build copy it there: " +
                $"<None Include=\"{folder}/{pattern}\" CopyToOutputDirectory=\"PreserveNewest\" />.");
        }

        return FromScripts(
            [.. files.Order(StringComparer.Ordinal).Select(static file => (Path.GetFileName(file), File.ReadAllText(file)))]);
    }

    /// <summary>Creates a template from code, such as EF Core's migrations:
    /// <c>FromCode((engine, ct) => engine.MigrateAsync&lt;ShopContext&gt;(cancellationToken: ct))</c>.</summary>
    /// <param name="build">Fills an empty database.</param>
    /// <param name="version">Changes whenever the result of <paramref name="build"/> does. Null: a build of any assembly in the
    /// tests' output folder counts as a change.</param>
    /// <returns>The template.</returns>
    public static DatabaseTemplate FromCode(Func<DbEngine, CancellationToken, Task> build, string? version = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        var method = build.GetMethodInfo();
        return new DatabaseTemplate(
            Hash([$"code {method.DeclaringType?.FullName}.{method.Name}", version ?? OutputFolder.Fingerprint.Value]), build);
    }

    internal Task BuildAsync(DbEngine engine, CancellationToken cancellationToken) => _build(engine, cancellationToken);

    internal static string Hash(IEnumerable<string> parts)
    {
        // With the length first, so that different lists of parts have different texts.
        var text = string.Concat(parts.Select(static part => FormattableString.Invariant($"{part.Length}:{part};")));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..20];
    }

    private static DatabaseTemplate FromScripts((string Name, string Text)[] scripts) => new(
        Hash(scripts.SelectMany(static script => new[] { script.Name, script.Text })),
        (engine, cancellationToken) => Scripts.RunAsync(engine, scripts, cancellationToken));
}
