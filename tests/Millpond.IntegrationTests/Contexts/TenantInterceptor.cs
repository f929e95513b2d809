using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>Sets a tenant in each transaction that EF begins.</summary>
public sealed class TenantInterceptor : DbTransactionInterceptor
{
    public override async ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection,
        TransactionEndEventData eventData,
        DbTransaction result,
        CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select set_config('app.tenant', '7', true)";
        await command.ExecuteNonQueryAsync(cancellationToken);
        return result;
    }
}
