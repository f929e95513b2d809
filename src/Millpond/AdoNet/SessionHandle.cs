using System.Diagnostics.CodeAnalysis;
using Millpond.AdoNet;
using Millpond.Transactions;

namespace Millpond.Providers;

/// <summary>Links a session to its connection. A provider only passes it to <see cref="SessionConnection"/>.</summary>
[Experimental(ProviderSeam.Id)]
public sealed class SessionHandle
{
    internal SessionHandle(UnitOfWork unit, SynchronousCalls synchronousCalls) =>
        (Unit, SynchronousCalls) = (unit, synchronousCalls);

    internal UnitOfWork Unit { get; }

    internal SynchronousCalls SynchronousCalls { get; }
}
