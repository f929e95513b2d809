using TUnit.Core.Interfaces;

namespace Millpond;

/// <summary>Returns the databases of <see cref="TUnitDatabasesExtensions.AcquireForTestAsync"/> when their test has ended, and
/// keeps them if it failed.</summary>
/// <remarks>Once for all tests: <c>[assembly: Millpond.ReturnDatabases]</c>.</remarks>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class ReturnDatabasesAttribute : Attribute, ITestEndEventReceiver
{
    /// <inheritdoc/>
    public int Order => int.MaxValue;

    /// <inheritdoc/>
    public async ValueTask OnTestEnd(TestContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var result = context.Execution.Result;
        await TUnitDatabasesExtensions.Held.ReturnAsync(
            context.Id,
            result is { State: TestState.Failed or TestState.Timeout or TestState.Cancelled }
                ? result.Exception?.Message ?? $"{result.State}"
                : null).ConfigureAwait(false);
    }
}
