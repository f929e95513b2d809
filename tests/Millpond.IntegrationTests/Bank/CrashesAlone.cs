using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>Crash tests run alone: "within 5 seconds" says something only on a machine that does nothing else.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CrashesAlone
{
    public const string Name = "Crashes";
}
