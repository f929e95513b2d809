using System.Text.Json.Serialization;
using Bank.Input;
using Bank.Load;

namespace Bank.Startup;

/// <summary>Configures the server's limits and the host.</summary>
internal static class BankHost
{
    private const string Address = "http://127.0.0.1:5080";

    public static StartPhase AddBankHost(this WebApplicationBuilder builder)
    {
        if (!IsAddressGiven(builder.Configuration))
        {
            builder.WebHost.UseUrls(Address);
        }

        builder.WebHost.ConfigureKestrel(server => server.AddServerHeader = false);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        builder.Services.AddRouting(routing => routing.SetParameterPolicy<IdConstraint>("id"));

        if (builder.Configuration.GetValue<bool>(EndOfInput.Setting))
        {
            builder.Services.AddHostedService<EndOfInput>();
        }

        // StartFailure prints errors at startup. These loggers would repeat them, some with a stack trace.
        var start = new StartPhase();
        string[] repeating =
        [
            "Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel", "Millpond.Connections",
        ];
        foreach (var category in repeating)
        {
            builder.Logging.AddFilter(category, level => start.Ended && level >= LogLevel.Warning);
        }

        return start;
    }

    private static bool IsAddressGiven(ConfigurationManager configuration) =>
        configuration["urls"] is not null
        || configuration["http_ports"] is not null
        || configuration["https_ports"] is not null
        || configuration.GetSection("Kestrel:Endpoints").Exists();
}
