using NUnit.Framework;
using NUnit.Framework.Interfaces;

namespace Millpond;

/// <summary>Returns the databases of <see cref="NUnitDatabasesExtensions.AcquireForTestAsync"/> when their test has ended, and
/// keeps them if it failed.</summary>
/// <remarks>Once for all tests: <c>[assembly: Millpond.ReturnDatabases]</c>.</remarks>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class ReturnDatabasesAttribute : Attribute, ITestAction
{
    private const string Mark = "Millpond.ReturnDatabases";

    /// <inheritdoc/>
    public ActionTargets Targets => ActionTargets.Test;

    /// <inheritdoc/>
    public void BeforeTest(ITest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        test.Properties.Set(Mark, true);
    }

    /// <inheritdoc/>
    public void AfterTest(ITest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        var result = TestContext.CurrentContext.Result;
        var failure = result.Outcome.Status == TestStatus.Failed ? result.Message ?? "no message" : null;

        // Actions of NUnit are synchronous.
        Task.Run(() => NUnitDatabasesExtensions.Held.ReturnAsync(test.Id, failure)).GetAwaiter().GetResult();
    }

    internal static bool IsOn(TestContext.TestAdapter test) => test.Properties.ContainsKey(Mark);
}
