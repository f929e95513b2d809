namespace Millpond.EntityFrameworkCore;

/// <summary>Says that sessions cannot serve a context as it is configured.</summary>
internal sealed class ContextOptionsException(string message) : InvalidOperationException(message);
