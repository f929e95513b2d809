using System.Reflection;
using Xunit;
using Xunit.v3;

namespace Millpond;

/// <summary>Returns the databases of <see cref="XunitDatabasesExtensions.AcquireForTestAsync"/> when their test has ended, and
/// keeps them if it failed.</summary>
/// <remarks>Once for all tests: <c>[assembly: Millpond.ReturnDatabases]</c>.</remarks>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class ReturnDatabasesAttribute : BeforeAfterTestAttribute
{
    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        var state = TestContext.Current.TestState;
        var failure = state?.Result == TestResult.Failed ? state.ExceptionMessages?.FirstOrDefault() ?? "no message" : null;

        // This hook of xUnit.net is synchronous.
        Task.Run(() => XunitDatabasesExtensions.Held.ReturnAsync(test.UniqueID, failure)).GetAwaiter().GetResult();
    }
}
