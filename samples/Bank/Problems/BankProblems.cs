namespace Bank.Problems;

/// <summary>Errors: one form for all of them, in Development as in Production.</summary>
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
        app.UseExceptionHandler();   // inside the developer exception page, so that page never shows
        app.UseStatusCodePages();    // gives a body to a bare 404, 405, 415
    }
}
