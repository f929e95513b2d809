namespace Millpond.Supply;

/// <summary>Objects that are used again. Thread-safe.</summary>
/// <param name="max">How many it keeps.</param>
internal sealed class SparePool<T>(int max)
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Stack<T> _spare = new();

    public T? Take()
    {
        lock (_lock)
        {
            return _spare.TryPop(out var spare) ? spare : null;
        }
    }

    /// <returns>False: there are enough; the caller disposes of it.</returns>
    public bool TryGive(T spare)
    {
        lock (_lock)
        {
            if (_spare.Count >= max)
            {
                return false;
            }

            _spare.Push(spare);
            return true;
        }
    }
}
