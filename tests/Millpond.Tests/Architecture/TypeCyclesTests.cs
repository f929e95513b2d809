using System.Reflection;
using Xunit;

namespace Millpond.Tests.Architecture;

public sealed class TypeCyclesTests
{
    private const int MaxTypes = 5;

    [Theory]
    [InlineData("Millpond", 300)]
    [InlineData("Millpond.AspNetCore", 40)]
    [InlineData("Millpond.Dapper", 10)]
    [InlineData("Millpond.EntityFrameworkCore", 10)]
    [InlineData("Millpond.Grpc", 1)]
    [InlineData("Millpond.PostgreSql", 20)]
    [InlineData("Millpond.Sqlite", 20)]
    [InlineData("Millpond.Testing", 20)]
    [InlineData("Millpond.Testing.AspNetCore", 5)]
    public void At_most_five_types_of_a_folder_form_a_cycle(string project, int atLeast)
    {
        var check = TypeCycles.Find(Assembly.Load(project), Repository.Sources($"src/{project}"));

        Assert.InRange(check.Uses, atLeast, int.MaxValue);
        Expect.None([.. check.Cycles.Where(static one => one.Count > MaxTypes).SelectMany(check.Describe)]);
    }

    [Fact]
    public void A_cycle_is_found_through_members_bodies_and_nested_types()
    {
        var check = Find(
            new("Core/A.cs", "namespace M; class A { B? field; }"),
            new("Core/B.cs", "namespace M; class B { int Read() => C.Count; }"),
            new("Core/C.cs", "namespace M; class C { public static int Count; class Inner { object it = new D(); } }"),
            new("Core/D.cs", "namespace M; class D : Base<A>;"),
            new("Core/Base.cs", "namespace M; class Base<T>;"),
            new("Core/User.cs", "namespace M; class User { A? a; D? d; }"));

        Assert.Equal(["Core/A", "Core/B", "Core/C", "Core/D"], Assert.Single(check.Cycles));
    }

    [Theory]
    [InlineData("async Task Use() { await Task.Yield(); B.Go(); }")]
    [InlineData("IEnumerable<B> Use() { yield return new B(); }")]
    [InlineData("Action Use() => () => B.Go();")]
    [InlineData("Action Use() => B.Go;")]
    [InlineData("bool Use(object it) => it is B;")]
    [InlineData("Type Use() => typeof(B[]);")]
    [InlineData("object Use() => new List<B>();")]
    [InlineData("void Use() { try { } catch (B) { } }")]
    [InlineData("object Use() => Enumerable.Empty<B>();")]
    [InlineData("B? Property { get; }")]
    [InlineData("Dictionary<string, Task<B>>? field;")]
    public void A_reference_in_a_body_or_a_signature_is_found(string member)
    {
        var check = Find(
            new("Core/A.cs", $"namespace M; class A {{ {member} }}"),
            new("Core/B.cs", "namespace M; class B : Exception { A? a; public static void Go() { } }"));

        Assert.Equal(["Core/A", "Core/B"], Assert.Single(check.Cycles));
    }

    [Fact]
    public void A_cycle_through_another_folder_counts_for_neither_folder()
    {
        var check = Find(
            new("One/A.cs", "namespace M; class A { B? b; }"),
            new("Two/B.cs", "namespace M; class B { C? c; }"),
            new("One/C.cs", "namespace M; class C { A? a; }"));

        Assert.Empty(check.Cycles);
        Assert.Equal(1, check.Uses);
    }

    private static TypeCycles Find(params IReadOnlyList<SourceText> sources)
    {
        using var compiled = new MemoryStream();
        Assert.True(SourceCompilation.Of(sources).Emit(compiled).Success);
        return TypeCycles.Find(Assembly.Load(compiled.ToArray()), sources);
    }
}
