namespace Millpond.Supply;

/// <summary>A pool of reusable objects. Thread-safe.</summary>
/// <param name="max">How many it keeps.</param>
internal sealed class ObjectPool<T>(int max)
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

    /// <returns>False if the pool is full; the caller disposes of the object.</returns>
    public bool TryReturn(T spare)
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
