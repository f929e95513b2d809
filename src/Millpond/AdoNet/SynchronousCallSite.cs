using System.Diagnostics;

namespace Millpond.AdoNet;

/// <summary>The place of a synchronous call in the user's code, and the asynchronous method to call instead.</summary>
/// <param name="Place">The method, with its file and line if they are known.</param>
/// <param name="Called">The called method, of ADO.NET or of a library such as EF Core.</param>
/// <param name="Replacement">Its asynchronous counterpart.</param>
internal readonly record struct SynchronousCallSite(string Place, string Called, string Replacement)
{
    private const string Sequence = "ToListAsync or 'await foreach' over AsAsyncEnumerable()";

    /// <summary>Prefixes of libraries whose frames are not the user's code.</summary>
    private static readonly string[] Libraries =
    [
        "System.", "Microsoft.", "Npgsql", "Dapper", "linq2db", "EFCore.", "MiniProfiler", "Castle.", "DynamicProxyGenAssembly2",
    ];

    private static readonly string[] Own = ["Dapper", "EntityFrameworkCore", "PostgreSql", "Sqlite", "AspNetCore", "Grpc"];

    /// <summary>Finds the innermost method on the stack that is the user's own.</summary>
    /// <param name="called">The ADO.NET member that was called.</param>
    /// <param name="replacement">Its asynchronous counterpart, if nothing else is known.</param>
    /// <param name="withFile">Whether to look up the file and the line, which takes a while.</param>
    public static SynchronousCallSite Find(string called, string replacement, bool withFile)
    {
        DiagnosticMethodInfo? library = null;
        foreach (var frame in new StackTrace(1, withFile).GetFrames())
        {
            if (DiagnosticMethodInfo.Create(frame) is not { DeclaringTypeName.Length: > 0 } method)
            {
                continue;   // compiled at run time by a mapper
            }

            if (!IsLibrary(method.DeclaringAssemblyName))
            {
                var (name, twin) = Explain(library, called, replacement);
                return new SynchronousCallSite(PlaceOf(frame, method), name, twin);
            }

            library = method;
        }

        return new SynchronousCallSite("unknown code", called, replacement);
    }

    private static (string Called, string Replacement) Explain(DiagnosticMethodInfo? library, string called, string replacement)
    {
        if (library is null || library.Name.EndsWith("Async", StringComparison.Ordinal) ||
            library.DeclaringTypeName.Contains(">d__", StringComparison.Ordinal))
        {
            return (called, replacement);   // an asynchronous library method that reads synchronously inside
        }

        if (library.Name.StartsWith("get_", StringComparison.Ordinal))
        {
            return ($"lazy loading by {library.Name[4..]}", "Include in the query, or LoadAsync of the navigation");
        }

        if (library.DeclaringTypeName.EndsWith(".EntityQueryProvider", StringComparison.Ordinal))
        {
            // The frame of Queryable.Count is missing, because it ends with this call.
            return ("a query for one result (Count, First, Any)", "CountAsync, FirstAsync or AnyAsync");
        }

        // Methods with a counterpart of that name: LINQ operators, EF Core, Dapper, ADO.NET. Not string.Join, and not a
        // foreach.
        var assembly = library.DeclaringAssemblyName;
        var hasTwin = library.Name is not ("MoveNext" or ".ctor" or "GetEnumerator") &&
            (!assembly.StartsWith("System.", StringComparison.Ordinal) ||
            assembly.StartsWith("System.Linq", StringComparison.Ordinal) ||
            assembly.StartsWith("System.Data", StringComparison.Ordinal));
        return hasTwin ? (library.Name, library.Name + "Async") : ("a query read as a sequence", Sequence);
    }

    private static string PlaceOf(StackFrame frame, DiagnosticMethodInfo method)
    {
        var (type, name) = (method.DeclaringTypeName, method.Name);
        if (name == "MoveNext" && type.LastIndexOf("+<", StringComparison.Ordinal) is > 0 and var nested &&
            type.IndexOf('>', nested) is > 0 and var end && end > nested + 2)
        {
            (type, name) = (type[..nested], type[(nested + 2)..end]);   // the state machine of an asynchronous method
        }

        return frame.GetFileName() is { } file
            ? $"{type}.{name} ({Path.GetFileName(file)}:{frame.GetFileLineNumber()})"
            : $"{type}.{name}";
    }

    private static bool IsLibrary(string assembly)
    {
        var name = assembly.AsSpan();
        name = name.IndexOf(',') is > 0 and var comma ? name[..comma] : name;
        foreach (var beginning in Libraries)
        {
            if (name.StartsWith(beginning, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return name is "Millpond" ||
            (name.StartsWith("Millpond.", StringComparison.Ordinal) && Own.Contains(name["Millpond.".Length..].ToString()));
    }
}
