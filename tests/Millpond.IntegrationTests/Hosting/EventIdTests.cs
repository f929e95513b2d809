using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Hosting;

/// <summary>The event ids of all packages, which one log may show together.</summary>
public sealed class EventIdTests
{
    private static readonly List<(string Class, string Message, int Id)> Messages =
        [.. new[]
            {
                typeof(DbEngine), typeof(SessionAttribute), typeof(UnsavedChanges), typeof(SqliteSynchronous),
                typeof(PostgreSqlEngineOptionsExtensions), typeof(RawSql),
                typeof(MillpondGrpcExtensions),
            }
            .SelectMany(static one => one.Assembly.GetTypes())
            .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(static method => (method, Attribute: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(static one => one.Attribute is not null)
            .Select(static one => (one.method.DeclaringType!.FullName!, one.method.Name, one.Attribute!.EventId))];

    [Fact]
    public void No_two_messages_of_any_package_share_an_event_id()
    {
        Assert.InRange(Messages.Count, 40, 200);
        Assert.Empty(Messages.GroupBy(static one => one.Id).Where(static same => same.Count() > 1)
            .Select(static same => $"{same.Key}: {string.Join(", ", same.Select(static one => $"{one.Class}.{one.Message}"))}"));
    }

    [Fact]
    public void Each_hundred_of_event_ids_belongs_to_one_class() =>
        Assert.All(
            Messages.GroupBy(static one => one.Id / 100),
            static hundred => Assert.Single(hundred.Select(static one => one.Class).Distinct()));
}
