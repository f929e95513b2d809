using System.Diagnostics.CodeAnalysis;
using Millpond.AdoNet;
using Millpond.Transactions;

namespace Millpond.Providers;

/// <summary>What a facade needs of its session. A provider only hands it on to <see cref="SessionConnection"/>.</summary>
[Experimental(ProviderSeam.Id)]
public sealed class SessionHandle
{
    internal SessionHandle(UnitOfWork unit, SynchronousCalls synchronousCalls) =>
        (Unit, SynchronousCalls) = (unit, synchronousCalls);

    internal UnitOfWork Unit { get; }

    internal SynchronousCalls SynchronousCalls { get; }
}
