using Xunit;

namespace Millpond.Tests.Architecture;

/// <summary>What a caller has to catch.</summary>
public sealed class PublicExceptionTests
{
    [Fact]
    public void Every_public_exception_is_a_MillpondException_unless_callers_expect_another_base()
    {
        var exceptions = new[] { typeof(DbEngine), typeof(SqliteOptions), typeof(PostgreSqlOptions), typeof(SessionSql) }
            .SelectMany(static one => one.Assembly.GetExportedTypes())
            .Where(static type => type.IsAssignableTo(typeof(Exception)))
            .ToArray();
        Assert.InRange(exceptions.Length, 10, int.MaxValue);
        Assert.Equal(
            [typeof(MillpondNotSupportedException)],
            exceptions.Where(static type => !type.IsAssignableTo(typeof(MillpondException))));
    }
}
