using System.Reflection;

namespace Millpond.Tests.Architecture;

/// <summary>Finds cycles of types within a folder. A nested type counts as its outermost type.</summary>
internal sealed class TypeCycles
{
    private readonly Dictionary<string, SortedSet<string>> _uses = [];
    private readonly Dictionary<string, int> _numbers = [];
    private readonly Dictionary<string, int> _lowest = [];
    private readonly Stack<string> _path = [];
    private readonly List<IReadOnlyList<string>> _cycles = [];

    private TypeCycles()
    {
    }

    /// <summary>Gets the types of each cycle, by folder and name.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Cycles => _cycles;

    /// <summary>Gets the number of uses of one type by another of its folder.</summary>
    public int Uses => _uses.Values.Sum(static used => used.Count);

    /// <param name="assembly">The assembly with the types.</param>
    /// <param name="sources">The sources of the assembly, which determine the folders.</param>
    public static TypeCycles Find(Assembly assembly, IEnumerable<SourceText> sources)
    {
        var folders = sources
            .SelectMany(static source => FileSizes.TopLevelTypes(source.Text), static (source, type) => (source, type))
            .ToLookup(static one => one.type, static one => Path.GetDirectoryName(one.source.Path)!, StringComparer.Ordinal);
        var check = new TypeCycles();
        foreach (var type in assembly.GetTypes().Where(static one => !one.IsNested))
        {
            if (PlaceOf(type) is { } from)
            {
                var uses = check._uses[from] = check._uses.GetValueOrDefault(from) ?? [];
                uses.UnionWith(TypeUses.Of(type).Where(used => used.Assembly == assembly).Select(PlaceOf).OfType<string>()
                    .Where(to => to != from && Path.GetDirectoryName(to) == Path.GetDirectoryName(from)));
            }
        }

        foreach (var type in check._uses.Keys.Order(StringComparer.Ordinal))
        {
            check.Visit(type);
        }

        return check;

        string? PlaceOf(Type type)
        {
            var name = type.Name.Split('`')[0];   // null for compiler-generated types
            return folders[name].FirstOrDefault() is { } folder ? Path.Combine(folder, name) : null;
        }
    }

    /// <summary>Finds cycles with Tarjan's algorithm: the types of a cycle have the same lowest number.</summary>
    private void Visit(string type)
    {
        if (!_numbers.TryAdd(type, _numbers.Count))
        {
            return;
        }

        _lowest[type] = _numbers[type];
        _path.Push(type);
        foreach (var used in _uses.GetValueOrDefault(type) ?? [])
        {
            Visit(used);
            if (_path.Contains(used))
            {
                _lowest[type] = Math.Min(_lowest[type], _lowest[used]);
            }
        }

        if (_lowest[type] == _numbers[type])
        {
            List<string> cycle = [];
            do
            {
                cycle.Add(_path.Pop());
            }
            while (cycle[^1] != type);

            if (cycle.Count > 1)
            {
                cycle.Sort(StringComparer.Ordinal);
                _cycles.Add(cycle);
            }
        }
    }

    public IEnumerable<string> Describe(IReadOnlyList<string> cycle) => cycle.Select(type =>
        $"{type} uses {string.Join(", ", _uses[type].Intersect(cycle).Select(Path.GetFileName))}");
}
