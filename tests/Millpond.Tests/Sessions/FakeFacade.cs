using Millpond.Providers;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

internal sealed class FakeFacade(SessionHandle seat) : SessionConnection(seat);
