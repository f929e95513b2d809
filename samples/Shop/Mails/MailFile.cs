namespace Shop.Mails;

/// <summary>A file in place of a mail server: one whole line for each mail.</summary>
public sealed class MailFile : IDisposable
{
    private readonly string _path;
    private readonly SemaphoreSlim _turn = new(1);

    /// <exception cref="InvalidOperationException">It cannot be written.</exception>
    public MailFile(string path)
    {
        _path = path;
        try
        {
            File.AppendAllText(path, "");   // fails at startup if the file cannot be written
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"Shop:Mails cannot be written: {fault.Message}", fault);
        }
    }

    public async Task AppendAsync(string line, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await File.AppendAllTextAsync(_path, line + "\n", CancellationToken.None);   // never half a line
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
