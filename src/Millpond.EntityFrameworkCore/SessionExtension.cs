using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Millpond.Diagnostics;

namespace Millpond.EntityFrameworkCore;

/// <summary>Marks the options of contexts on sessions, replaces EF Core's save executor, and rejects set-up work.</summary>
/// <remarks>Migrations lock, commit and swallow errors by design, and deleting a database closes its connections. Neither can
/// be part of a session's transaction.</remarks>
internal sealed class SessionExtension : IDbContextOptionsExtension
{
    private SessionExtension() => Info = new ExtensionInfo(this);

    public static SessionExtension Instance { get; } = new();

    public DbContextOptionsExtensionInfo Info { get; }

    public void ApplyServices(IServiceCollection services)
    {
        services.Replace(ServiceDescriptor.Scoped<IBatchExecutor, SaveExecutor>());
        services.Replace(ServiceDescriptor.Scoped<IExecutionStrategyFactory, SingleAttempt>());
        services.Replace(ServiceDescriptor.Scoped<IMigrator>(static scope => throw Refused(scope, "Migrations")));
        services.Replace(ServiceDescriptor.Scoped<IHistoryRepository>(static scope => throw Refused(scope, "Migrations")));
        services.Replace(ServiceDescriptor.Scoped<IDatabaseCreator>(static scope => new SessionDatabaseCreator(
            scope.GetRequiredService<IRelationalDatabaseCreator>(), member => Refused(scope, member))));
    }

    public void Validate(IDbContextOptions options)
    {
    }

    private static MillpondNotSupportedException Refused(IServiceProvider scope, string what)
    {
        var context = scope.GetRequiredService<ICurrentDbContext>().Context.GetType().Name;
        return new MillpondNotSupportedException(
            ErrorCodes.SetUpOnSession,
            $"{what} cannot run on {context}, because it uses a session's connection and transaction. Call the engine's method " +
            $"(DbEngine, namespace Millpond): MigrateAsync<{context}>(), " +
            $"GetPendingMigrationsAsync<{context}>(), EnsureCreatedAsync<{context}>() or EnsureDeletedAsync<{context}>(), or " +
            $"RunSetupAsync<{context}>(…) for anything else.");
    }

    /// <summary>Turns off EF Core's retries. A statement that is retried in a failed transaction can only fail; a retry must
    /// repeat the whole transaction (S17).</summary>
    private sealed class SingleAttempt(ExecutionStrategyDependencies dependencies) : IExecutionStrategyFactory
    {
        public IExecutionStrategy Create() => new NonRetryingExecutionStrategy(dependencies);
    }

    private sealed class ExtensionInfo(IDbContextOptionsExtension extension) : DbContextOptionsExtensionInfo(extension)
    {
        public override bool IsDatabaseProvider => false;

        public override string LogFragment => "";

        public override int GetServiceProviderHashCode() => 0;

        public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => other is ExtensionInfo;

        public override void PopulateDebugInfo(IDictionary<string, string> debugInfo) => debugInfo["Millpond"] = "session";
    }
}
