using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Bank.Transfers;

/// <summary>A file that gets one whole line for each transfer. Several programs may write to it.</summary>
internal sealed class ReceiptFile : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly SemaphoreSlim _turn = new(1);

    /// <exception cref="InvalidOperationException">It cannot be written.</exception>
    public ReceiptFile(string path)
    {
        _path = path;
        try
        {
            Open(FileShare.ReadWrite).Dispose();   // a start is the time to find that out
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"Bank:Receipts cannot be written: {fault.Message}", fault);
        }
    }

    public async Task AppendAsync(Transfer transfer, CancellationToken cancellationToken)
    {
        var line = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"transfer {transfer.Id}: {transfer.Amount} from account {transfer.From} to account {transfer.To}\n"));
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await using var file = await OpenAsync(cancellationToken);
            await file.WriteAsync(line, CancellationToken.None);   // no half of a line, whoever is in a hurry
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Waits until no other program writes: "append" means the end as it was when the file was opened.</summary>
    private async Task<FileStream> OpenAsync(CancellationToken cancellationToken)
    {
        for (var began = Stopwatch.GetTimestamp(); ; await Task.Delay(Random.Shared.Next(1, 10), cancellationToken))
        {
            try
            {
                return Open(FileShare.None);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(began) < Patience)
            {
                // Somebody else's turn.
            }
        }
    }

    private FileStream Open(FileShare share) => new(_path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = share,
        Options = FileOptions.Asynchronous,
        BufferSize = 0,
    });
}
