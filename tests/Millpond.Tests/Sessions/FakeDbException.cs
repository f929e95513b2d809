using System.Data.Common;

namespace Millpond.Tests.Sessions;

/// <summary>An error that looks like a driver's.</summary>
internal sealed class FakeDbException() : DbException("the database's error");
