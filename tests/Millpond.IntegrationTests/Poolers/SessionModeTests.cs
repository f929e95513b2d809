using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Poolers;

/// <summary>The session's tests through a PgBouncer in session mode. What is different there is overridden.</summary>
public static class SessionModeTests
{
    private static Task<ScratchDatabase> BehindItAsync() => ScratchDatabase.BehindAsync(PgBouncer.InSessionModeAsync());

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class SessionTests : PostgreSqlSessionTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class FacadeTests : PostgreSqlFacadeTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class DapperTests : PostgreSqlDapperTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class AutocommitTests : PostgreSqlAutocommitTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class HookTests : PostgreSqlHookTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class LimitTests : PostgreSqlLimitTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class SettingTests : PostgreSqlSettingTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();

        /// <remarks>PgBouncer takes no options of the connection string's.</remarks>
        public override async Task S16_A_sessions_value_wins_over_the_engines_and_the_engines_over_the_connection_strings()
        {
            var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(
                base.S16_A_sessions_value_wins_over_the_engines_and_the_engines_over_the_connection_strings);
            Assert.Equal("08P01", error.SqlState);
        }
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class ProviderUseTests : PostgreSqlProviderUseTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();

        protected override bool OwnsBackends => false;
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class StateTests : PostgreSqlStateTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class StateFaultTests : PostgreSqlStateFaultTests
    {
        protected override bool PoolerKeepsBackends => true;

        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();
    }
}
