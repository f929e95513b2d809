namespace Shop.Startup;

/// <summary>Starts the program, says where it is, waits for its end. A start that fails is one sentence, not a stack.</summary>
internal static class Launch
{
    /// <summary>Returns the exit code: 0 after an orderly end, 1 when the program could not start.</summary>
    public static async Task<int> RunAsync(string[] args, Func<WebApplicationBuilder, WebApplication> compose)
    {
        WebApplication? app = null;
        try
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = Folder() });
            var host = builder.AddShopHost();
            app = compose(builder);
            await app.StartAsync();
            await Console.Out.WriteLineAsync(StartBlock.Describe(app, host));
            host.Started = true;
        }
        catch (Exception) when (app?.Lifetime.ApplicationStopping.IsCancellationRequested == true)
        {
            await app.DisposeAsync();
            return 0;   // told to stop before it had started
        }
        catch (Exception fault)
        {
            await Console.Error.WriteLineAsync(StartFailure.Describe(fault));
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            return 1;
        }

        await using (app)
        {
            await app.WaitForShutdownAsync();
            return 0;
        }
    }

    /// <summary>Where settings and files lie: the project's folder under <c>dotnet run</c>, else beside the program.</summary>
    private static string Folder() => File.Exists("Shop.csproj") ? Environment.CurrentDirectory : AppContext.BaseDirectory;
}
