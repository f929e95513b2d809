using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Bank.Transfers;

/// <summary>A file that receives one line for each transfer. Several programs may write to it.</summary>
internal sealed class ReceiptFile : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly SemaphoreSlim _turn = new(1);

    /// <exception cref="InvalidOperationException">The file cannot be written.</exception>
    public ReceiptFile(string path)
    {
        _path = path;
        try
        {
            Open(FileShare.ReadWrite).Dispose();   // fails at startup if the file cannot be written
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
            await file.WriteAsync(line, CancellationToken.None);   // not cancellable, so no line is written partially
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Waits until no other program writes, because append mode uses the end of the file as it was at
    /// opening.</summary>
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
                // Another program is writing.
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
