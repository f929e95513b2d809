using System.Diagnostics.CodeAnalysis;
using Millpond.Transactions;

namespace Millpond.Providers;

/// <summary>What a facade needs of its session. A provider only hands it on to <see cref="SessionConnection"/>.</summary>
[Experimental(ProviderSeam.Id)]
public sealed class SessionSeat
{
    internal SessionSeat(UnitOfWork unit) => Unit = unit;

    internal UnitOfWork Unit { get; }
}
