using Xunit;

namespace Millpond.Testing.Tests.Templates;

[Trait("Needs", "PostgreSQL")]
public sealed class TemplateTests
{
    private int _builds;

    [Fact]
    public async Task T03_A_template_is_built_once_for_all_runs_and_again_if_its_fingerprint_changes()
    {
        var version = Guid.NewGuid().ToString();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var databases = Databases.PostgreSql(Counted(version));
            await using var db = await databases.AcquireAsync();
            Assert.Equal(0, await db.CountAsync("t"));
        }));
        Assert.Equal(1, _builds);

        await using var changed = Databases.PostgreSql(Counted(version + "x"));
        await (await changed.AcquireAsync()).DisposeAsync();

        Assert.Equal(2, _builds);
    }

    [Fact]
    public async Task T03_A_template_gets_its_name_only_when_it_is_finished_and_sealed()
    {
        var version = Guid.NewGuid().ToString();
        const string Finished = "select count(*) from pg_database where datname like 'millpond_template_%'";
        var before = await Kit.OnServerAsync($"{Finished} and not (datistemplate and not datallowconn)");
        object? during = null;
        await using var databases = Databases.PostgreSql(DatabaseTemplate.FromCode(
            async (engine, token) =>
            {
                var name = await engine.RunAsync(
                    (session, ct) => session.QuerySingleAsync<string>($"select current_database()::text", ct), token);
                during = await Kit.OnServerAsync($"select '{name}' like 'millpond_template_%'");
            },
            version));
        await (await databases.AcquireAsync()).DisposeAsync();

        Assert.Equal(false, during);
        Assert.Equal(0L, before);
        Assert.Equal(0L, await Kit.OnServerAsync($"{Finished} and not (datistemplate and not datallowconn)"));
    }

    [Fact]
    public void T03_Differently_split_texts_have_different_fingerprints() =>
        Assert.NotEqual(DatabaseTemplate.Hash(["ab", "c"]), DatabaseTemplate.Hash(["a", "bc"]));

    private DatabaseTemplate Counted(string version) => DatabaseTemplate.FromCode(
        async (engine, token) =>
        {
            Interlocked.Increment(ref _builds);
            await engine.RunAsync((session, ct) => session.ExecuteAsync($"create table t (id int)", ct), token);
        },
        version);
}
