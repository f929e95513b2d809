using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Millpond;

namespace Bank.Startup;

/// <summary>Explains in one sentence why the program could not start and what to do.</summary>
internal static class StartFailure
{
    private const string TooManyConnections = "53300";

    public static string Describe(Exception fault) => fault switch
    {
        AggregateException several => Describe(several.InnerExceptions[0]),
        OptionsValidationException => Sentence(fault.Message, "correct ConnectionStrings:bank or section Millpond:bank"),
        _ => Sentence($"The bank cannot start: {What(fault)}", Remedy(fault)),
    };

    private static string What(Exception fault) => fault is DatabaseUnavailableException gone
        ? $"the database at {gone.Server} could not be opened within {BankSchema.Patience.TotalSeconds} s "
            + $"({gone.GetBaseException().Message.TrimEnd('.')})"
        : fault.Message;

    private static string Remedy(Exception fault) => fault switch
    {
        DatabaseUnavailableException { SqlState: TooManyConnections } =>
            "lower PoolSize and MaxOverflow in section Millpond:bank of each worker, or raise the server's limit",
        DatabaseUnavailableException => "start it, or correct ConnectionStrings:bank",
        IOException { InnerException: AddressInUseException } =>
            "stop the program that holds it, or choose another address with --urls http://127.0.0.1:5081",
        SocketException or IOException { InnerException: SocketException } => "choose another address with --urls",
        FormatException or ArgumentOutOfRangeException { ParamName: "port" } => "correct the address in --urls",
        _ => "correct the settings",
    };

    private static string Sentence(string what, string remedy) =>
        $"{string.Join(' ', what.Split(['\r', '\n', ' '], StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.')}; {remedy}.";
}
