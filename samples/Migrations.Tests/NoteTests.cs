using Microsoft.EntityFrameworkCore;
using Millpond;

[assembly: Parallelize(Scope = ExecutionScope.MethodLevel)]

namespace Migrations.Tests;

/// <summary>Tests of code that knows only EF Core.</summary>
[TestClass]
public sealed class NoteTests : DatabaseTest
{
    private static readonly Databases Databases = Databases.PostgreSql(DatabaseTemplate.FromCode(static (engine, token) =>
        engine.MigrateAsync<NotesContext>(static o => o.UseNpgsql(), token)));

    private CancellationToken Token => TestContext.CancellationToken;

    [TestMethod]
    public async Task A_note_is_kept()
    {
        var db = await AcquireAsync(Databases);
        await AddAsync(db, "buy tea");

        await using var notes = Open(db);
        Assert.AreEqual("buy tea", (await notes.Notes.SingleAsync(Token)).Text);
    }

    [TestMethod]
    public async Task Another_test_does_not_see_it()
    {
        var db = await AcquireAsync(Databases);

        Assert.AreEqual(0, await db.CountAsync("Notes", Token));
    }

    [TestMethod]
    public async Task A_note_without_text_leaves_nothing()
    {
        var db = await AcquireAsync(Databases);

        await DatabaseExpect.RollsBackAsync<DbUpdateException>(db, () => AddAsync(db, null!), Token);
    }

    /// <summary>Fails if SHOW_A_FAILURE is set, to see what the output of a failed test says about its database.</summary>
    [TestMethod]
    public async Task A_failure_shows_its_rows()
    {
        var db = await AcquireAsync(Databases);
        await AddAsync(db, "buy tea");

        Assert.IsNull(Environment.GetEnvironmentVariable("SHOW_A_FAILURE"), "This test was to fail.");
    }

    private async Task AddAsync(TestDatabase db, string text)
    {
        await using var notes = Open(db);
        notes.Add(new Note { Text = text });
        await notes.SaveChangesAsync(Token);
    }

    private static NotesContext Open(TestDatabase db) =>
        new(new DbContextOptionsBuilder<NotesContext>().UseNpgsql(db.ConnectionString).Options);
}
