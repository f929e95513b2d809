namespace Millpond.EntityFrameworkCore;

/// <summary>Thrown if sessions cannot serve a context as it is configured.</summary>
internal sealed class ContextOptionsException(string message) : InvalidOperationException(message);
