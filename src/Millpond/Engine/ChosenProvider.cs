using Millpond.Providers;

namespace Millpond.Engine;

/// <summary>The provider of an engine and the driver's connection string.</summary>
internal sealed record ChosenProvider(DatabaseProvider Provider, string ConnectionString)
{
    public ConnectionSource CreateSource(string engineName, EngineOptions options) => Provider.CreateSource(new SourceSettings
    {
        EngineName = engineName,
        ConnectionString = ConnectionString,
        PoolSize = options.PoolSize,
        MaxOverflow = options.MaxOverflow,
        OpenTimeout = options.OpenTimeout,
        Defaults = new TransactionSettings
        {
            Isolation = options.Session.Isolation ?? System.Data.IsolationLevel.Unspecified,
            ReadOnly = options.Session.OnlyReads,
            StatementTimeout = options.Session.StatementTimeout,
        },
        ContentRoot = options.ContentRoot ?? Environment.CurrentDirectory,
        Services = options.Services,
        Time = options.TimeProvider,
        LoggerFactory = options.LoggerFactory,
    });
}
