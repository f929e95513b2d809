namespace Millpond.Testing.Clones;

/// <summary>The folder of this run's SQLite files, which goes with the run, or with the next one after a crash.</summary>
internal sealed class SqliteFiles : IDisposable
{
    private const string Memory = "/dev/shm";

    private readonly FileStream _lock;

    private SqliteFiles(string templates, string folder, FileStream held) =>
        (Templates, Folder, _lock) = (templates, folder, held);

    /// <summary>Gets the folder of templates, which runs share.</summary>
    public string Templates { get; }

    public string Folder { get; }

    public static SqliteFiles Open()
    {
        var root = Path.Combine(
            Directory.Exists(Memory) ? Memory : Path.GetTempPath(), $"millpond-testing-{Environment.UserName}");
        CreatePrivate(root);
        foreach (var former in Directory.EnumerateFiles(root, "run-*.lock"))
        {
            DeleteIfEnded(former);
        }

        // The lock first: a folder without one would look like that of a run that has ended.
        var name = Path.Combine(root, $"run-{Guid.NewGuid():n}");
        var held = Lock(name + ".lock");
        Directory.CreateDirectory(name);
        return new SqliteFiles(root, name, held);
    }

    public static FileStream Lock(string file) =>
        new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.None);

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        File.Delete(_lock.Name);
        _lock.Dispose();
    }

    private static void DeleteIfEnded(string file)
    {
        try
        {
            using var held = Lock(file);   // nobody can while its run lives
            var folder = Path.ChangeExtension(file, null);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            File.Delete(file);
        }
        catch (IOException)
        {
            // Its run is alive, or another run deletes it.
        }
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
