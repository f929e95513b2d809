using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Xunit;
using Xunit.Sdk;

namespace Millpond.IntegrationTests.Poolers;

/// <summary>The session's tests through a PgBouncer in transaction mode. What is different there is overridden; those of the
/// state that a session leaves on its connection are not among them: see <see cref="TransactionModeRefusalTests"/>.</summary>
public static class TransactionModeTests
{
    private static Task<ScratchDatabase> BehindItAsync() => ScratchDatabase.BehindAsync(PgBouncer.InTransactionModeAsync());

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class SessionTests : PostgreSqlSessionTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();

        /// <remarks>A setting of the connection's.</remarks>
        public override async Task S05_A_transaction_that_ended_behind_the_sessions_back_is_noticed_at_the_commit()
        {
            var error = await Assert.ThrowsAsync<ThrowsException>(
                base.S05_A_transaction_that_ended_behind_the_sessions_back_is_noticed_at_the_commit);
            Assert.IsType<NotSupportedException>(error.InnerException);
        }
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class QueueTests : PostgreSqlQueueTests
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

        /// <remarks>A setting of the connection's.</remarks>
        public override async Task S16_In_autocommit_settings_hold_for_the_session_and_are_gone_with_it(string more) =>
            await Assert.ThrowsAsync<NotSupportedException>(
                () => base.S16_In_autocommit_settings_hold_for_the_session_and_are_gone_with_it(more));

        /// <remarks>A setting of the connection's.</remarks>
        public override async Task S16_In_autocommit_VACUUM_runs_which_no_transaction_may_contain() =>
            await Assert.ThrowsAsync<NotSupportedException>(base.S16_In_autocommit_VACUUM_runs_which_no_transaction_may_contain);
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class BeginTests : PostgreSqlBeginTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();

        /// <remarks>They would be settings of the connection's.</remarks>
        public override async Task S22_In_autocommit_settings_are_undone_before_anybody_else_has_the_connection(
            string more) =>
            await Assert.ThrowsAsync<NotSupportedException>(() =>
                base.S22_In_autocommit_settings_are_undone_before_anybody_else_has_the_connection(more));
    }

    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Programs")]
    public sealed class ProviderUseTests : PostgreSqlProviderUseTests
    {
        protected override Task<ScratchDatabase> CreateDatabaseAsync() => BehindItAsync();

        protected override bool OwnsBackends => false;

        /// <remarks>A lock of the session's would be left to others.</remarks>
        protected override string Lock => "select pg_advisory_xact_lock(77)";

        /// <remarks>Nobody sees what the work leaves on the connection, and whoever the pooler gives it to has it.</remarks>
        public override async Task F06_The_connections_state_is_unknown_afterwards_and_reset_at_its_return() =>
            await Assert.ThrowsAsync<EqualException>(
                base.F06_The_connections_state_is_unknown_afterwards_and_reset_at_its_return);
    }
}
