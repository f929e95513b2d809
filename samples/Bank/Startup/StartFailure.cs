using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Millpond.Connections;

namespace Bank.Startup;

/// <summary>Says in one sentence why the program could not start and what to do about it.</summary>
internal static class StartFailure
{
    public static string Describe(Exception fault)
    {
        var (what, remedy) = Explain(fault);
        return $"The bank cannot start: {Sentence(what)}; {remedy}.";
    }

    private static (string What, string Remedy) Explain(Exception fault) => fault switch
    {
        AggregateException several => Explain(several.InnerExceptions[0]),
        IOException { InnerException: AddressInUseException } =>
            (fault.Message, "stop the program that holds it, or choose another address with --urls http://127.0.0.1:5081"),
        SocketException or IOException { InnerException: SocketException } => (fault.Message, "choose another address with --urls"),
        FormatException => (fault.Message, "correct the address in --urls"),
        DatabaseUnavailableException => (fault.Message, "start the database, or correct ConnectionStrings:bank"),
        OptionsValidationException options => (string.Join(" ", options.Failures), "correct the settings"),
        _ => (fault.Message, "correct the settings"),
    };

    private static string Sentence(string text) => string.Join(' ', text.Split(['\r', '\n', ' '], StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
}
