using System.Reflection;
using Xunit;

namespace Millpond.Tests.Architecture;

/// <summary>What a caller has to catch.</summary>
public sealed class PublicExceptionTests
{
    /// <summary>Those whose callers expect another base: ADO.NET's, or that of a failed test.</summary>
    private static readonly string[] Others =
    [
        nameof(DatabaseExpectException), nameof(MillpondNotSupportedException), nameof(TestDatabaseException),
    ];

    [Fact]
    public void Every_public_exception_is_a_MillpondException_unless_callers_expect_another_base()
    {
        var assemblies = Repository.SourceProjects().Keys.Where(static project =>
            File.Exists(Path.Combine(AppContext.BaseDirectory, $"{project}.dll"))).ToList();   // not those of test frameworks
        var exceptions = assemblies
            .SelectMany(static project => Assembly.Load(project).GetExportedTypes())
            .Where(static type => type.IsAssignableTo(typeof(Exception)))
            .ToLookup(static type => type.IsAssignableTo(typeof(MillpondException)), static type => type.Name);

        Assert.InRange(assemblies.Count, 9, int.MaxValue);
        Assert.InRange(exceptions[true].Count(), 15, int.MaxValue);
        Assert.Equal(Others, exceptions[false].Order(StringComparer.Ordinal));
    }
}
