using System.ComponentModel;
using System.Diagnostics;

namespace Millpond.Overload.Peers;

/// <summary>Determines the versions of the packages of <c>fastapi</c> in the system's Python.</summary>
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

    /// <summary>Returns the versions in one line; null if one is missing.</summary>
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
