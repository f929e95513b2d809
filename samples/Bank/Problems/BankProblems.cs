namespace Bank.Problems;

/// <summary>Error responses, with the same format in Development and in Production.</summary>
internal static class BankProblems
{
    public static void AddBankProblems(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();
        services.AddExceptionHandler<InputExceptionHandler>();
        services.AddMillpondProblemDetails();
    }

    public static void UseBankProblems(this WebApplication app)
    {
        app.UseExceptionHandler();   // inside the developer exception page, so that one never shows
        app.UseStatusCodePages();    // adds a body to 404, 405 and 415
    }
}
