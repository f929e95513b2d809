namespace Bank.Startup;

/// <summary>Starts the program, prints its address and waits until it ends. If the start fails, it prints one sentence instead
/// of a stack trace.</summary>
internal static class Launch
{
    /// <summary>Returns the exit code: 0 after a shutdown, 1 if the start failed.</summary>
    public static async Task<int> RunAsync(string[] args, Func<WebApplicationBuilder, WebApplication> compose)
    {
        WebApplication? app = null;
        try
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = Folder() });
            var start = builder.AddBankHost();
            app = compose(builder);
            await app.StartAsync();
            start.Ended = true;
        }
        catch (Exception) when (app?.Lifetime.ApplicationStopping.IsCancellationRequested == true)
        {
            await app.DisposeAsync();
            return 0;   // stopped before it had started
        }
        catch (Exception fault)
        {
            await Console.Error.WriteLineAsync(StartFailure.Describe(fault));
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            return 1;
        }

        await using (app)
        {
            await Console.Out.WriteLineAsync(StartBlock.Describe(app));
            await app.WaitForShutdownAsync();
            return 0;
        }
    }

    /// <summary>Finds the content root: the project's folder under <c>dotnet run</c>, otherwise the program's folder.</summary>
    private static string Folder() => File.Exists("Bank.csproj") ? Environment.CurrentDirectory : AppContext.BaseDirectory;
}
