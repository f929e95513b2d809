using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Millpond;

namespace Shop.Startup;

/// <summary>Explains in one sentence why the program could not start and what to do.</summary>
internal static class StartFailure
{
    public static string Describe(Exception fault) => fault switch
    {
        AggregateException several => Describe(several.InnerExceptions[0]),
        OptionsValidationException => Sentence(fault, "correct ConnectionStrings:shop or section Millpond:shop"),
        DatabaseUnavailableException => Sentence(fault, "start it, or correct ConnectionStrings:shop"),
        IOException { InnerException: AddressInUseException } =>
            Sentence(fault, "choose another address with --Kestrel:Endpoints:Pages:Url or --Kestrel:Endpoints:Grpc:Url"),
        FormatException => Sentence(fault, "correct the addresses in section Kestrel:Endpoints"),
        _ => Sentence(fault, "correct the settings"),
    };

    private static string Sentence(Exception fault, string remedy)
    {
        var words = fault.Message.Split(['\r', '\n', ' '], StringSplitOptions.RemoveEmptyEntries);
        return $"The shop cannot start: {string.Join(' ', words).TrimEnd('.')}; {remedy}.";
    }
}
