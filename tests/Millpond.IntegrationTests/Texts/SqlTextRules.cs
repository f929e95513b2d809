using System.Data.Common;
using System.Globalization;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Texts;

/// <summary>What the reader of SQL text says, against what the server does.</summary>
/// <remarks><c>MILLPOND_TEXTS</c> is how many texts are tried (500 by default), <c>MILLPOND_SEED</c> which ones.</remarks>
public abstract class SqlTextRules : SessionTestBase
{
    protected abstract IReadOnlyList<string> Statements { get; }

    protected abstract IReadOnlyList<string> Values { get; }

    [Fact]
    public async Task S20_A_text_is_rejected_exactly_if_it_ends_the_transaction_and_its_lasting_state_is_known()
    {
        var texts = new SqlTextGenerator(Number("MILLPOND_SEED", 1), Statements, Values);
        await using var server = CreateServer();
        List<string> faults = [];
        for (var left = Number("MILLPOND_TEXTS", 500); left > 0 && faults.Count < 20; left--)
        {
            var text = texts.Next();
            var verdict = await server.RunAsync(text);
            var isRefused = await IsRefusedAsync(text);
            if (verdict.Ended && !isRefused)
            {
                faults.Add($"ends the transaction and is taken: {text}");
            }

            if (isRefused && verdict is { Failed: false, Ended: false, Warned: false })
            {
                faults.Add($"is refused without a reason: {text}");
            }

            if (verdict is { Leaves: true, Ended: false } && !LeavesState(text))
            {
                faults.Add($"leaves state and is not known to: {text}");
            }
        }

        Assert.True(faults.Count == 0, string.Join("\n---\n", faults));
    }

    [Fact]
    public async Task S05_An_error_of_a_later_statement_in_a_text_is_not_lost()
    {
        string[] texts =
            ["select 1; insert into nowhere values (1)", "select 1; select 2; insert into users (id) values (1), (1)"];
        foreach (var text in texts)
        {
            await using var session = Engine.OpenSession();
            await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(session, text, Token));
            await session.RollbackAsync(Token);
            await Assert.ThrowsAnyAsync<DbException>(() => ScalarAsync<long>(session, text, Token));
        }
    }

    [Fact]
    public async Task S20_A_text_with_a_NUL_is_rejected_because_it_would_end_there()
    {
        await using var session = Engine.OpenSession();
        foreach (var text in (string[])["select 1;\0 commit", "insert into users (id) values (1)\0"])
        {
            var error = await Assert.ThrowsAsync<ArgumentException>(() => ExecuteAsync(session, text, Token));
            Assert.StartsWith("The SQL text has a NUL character at position", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await ScalarAsync<long>(session, "select 1", Token));
    }

    protected abstract ITextServer CreateServer();

    protected abstract bool LeavesState(string text);

    /// <summary>Asks a session, which reads a text before it looks at the token and leases a connection.</summary>
    private async Task<bool> IsRefusedAsync(string text)
    {
        await using var session = Engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = text;
        var error = await Assert.ThrowsAnyAsync<Exception>(() => command.ExecuteNonQueryAsync(new CancellationToken(true)));
        Assert.True(error is OperationCanceledException or NotSupportedException, $"{text}\n{error}");
        return error is NotSupportedException;
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
