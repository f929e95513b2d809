using System.Diagnostics.CodeAnalysis;
using Millpond.Connections;

namespace Millpond.Sessions;

/// <summary>What a facade needs of its session. A provider only hands it on to <see cref="SessionConnection"/>.</summary>
[Experimental(ProviderSeam.Id)]
public sealed class SessionSeat
{
    internal SessionSeat(UnitOfWork unit, bool isForMapper)
    {
        Unit = unit;
        IsForMapper = isForMapper;
    }

    internal UnitOfWork Unit { get; }

    /// <summary>Gets whether an object mapper (EF Core) gets the facade rather than the user (F05).</summary>
    internal bool IsForMapper { get; }
}
