using System.ComponentModel;
using System.Diagnostics;

namespace Millpond.Overload.Peers;

/// <summary>Asks the system's Python which versions of the packages of <c>fastapi</c> it has.</summary>
internal static class PythonPackages
{
    public const string Python = "/usr/bin/python3";
    public const string Missing =
        "fastapi is left out, its packages are missing: "
        + "apt-get install -y python3-fastapi python3-sqlalchemy python3-asyncpg uvicorn";

    private const string Question =
        "import platform, fastapi, sqlalchemy, asyncpg, uvicorn; print(f'FastAPI {fastapi.__version__}, SQLAlchemy "
        + "{sqlalchemy.__version__}, asyncpg {asyncpg.__version__}, uvicorn {uvicorn.__version__}, "
        + "Python {platform.python_version()}')";

    /// <summary>The versions in one line; null where one of them is missing.</summary>
    public static async Task<string?> VersionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, ["-c", Question])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            var answer = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? answer.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
