using System.Runtime.CompilerServices;

namespace Millpond.IntegrationTests.Servers;

/// <summary>Keeps the sites and programs of the tests from watching their settings files: each would take an inotify instance, of
/// which Linux gives a user 128.</summary>
internal static class Watching
{
    [ModuleInitializer]
    internal static void TurnOff() => Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", "false");
}
