using System.Data.Common;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Differential;

/// <summary>
/// The same steps on the driver's own connection and on a session's: the same values, the same types of errors.
/// </summary>
public abstract class DifferentialRules : SessionTestBase
{
    /// <summary>Gets SQL expressions of every type, with a name for each.</summary>
    protected abstract string[] Values { get; }

    /// <summary>Gets the types that a value is read as.</summary>
    protected abstract Type[] Types { get; }

    /// <summary>Gets expressions of four bytes or characters each.</summary>
    protected abstract string[] FourLong { get; }

    /// <summary>Gets parameters that the driver does not take.</summary>
    protected abstract (string Name, object? Value)[] Refused { get; }

    /// <summary>Opens the driver's own connection.</summary>
    protected abstract Task<DbConnection> OpenDriversAsync();

    /// <summary>Says whether a difference is meant.</summary>
    protected virtual bool IsMeant(string what) => false;

    /// <summary>Says whether a step is meant to end differently, so that what follows it cannot be compared.</summary>
    protected virtual bool IsMeant(string theirs, string ours) => false;

    [Fact]
    public Task F05_Every_getter_returns_what_the_drivers_returns() => CompareRowsAsync(Values, Getters.All(Types));

    [Fact]
    public Task F05_Bytes_and_characters_end_like_the_drivers() => CompareRowsAsync(FourLong, Getters.Bounds(4));

    [Theory]
    [InlineData("before the first row")]
    [InlineData("after the last row")]
    [InlineData("closed")]
    [InlineData("closed asynchronously")]
    [InlineData("disposed")]
    [InlineData("closed early")]
    public Task F05_A_reader_behaves_like_the_drivers_at_every_position(string where) => CompareAsync(async (connection, note) =>
    {
        foreach (var (name, read) in Getters.All([typeof(int), typeof(string), typeof(object)]).Concat(Getters.Bounds(1)))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "select 7 as value union all select 8";
            await using var reader = await command.ExecuteReaderAsync(Token);
            await MoveAsync(reader, where);
            await note($"{name} {where}", () => read(reader));
        }

        await using var last = connection.CreateCommand();
        last.CommandText = "select 7 as value union all select 8";
        await using var end = await last.ExecuteReaderAsync(Token);
        await MoveAsync(end, where);
        await note($"ReadAsync {where}", async () => await end.ReadAsync(Token));
        await note($"NextResultAsync {where}", async () => await end.NextResultAsync(Token));
        await note($"the next row {where}", async () => await end.ReadAsync(Token));
    });

    [Fact]
    public async Task S26_A_parameter_that_the_driver_rejects_is_the_drivers_error()
    {
        foreach (var (name, value) in Refused)
        {
            await CompareAsync((connection, note) => note(name, async () =>
            {
                await using var command = connection.CreateCommand();
                command.CommandText = "select @value";
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = ("value", value);
                command.Parameters.Add(parameter);
                return await command.ExecuteScalarAsync(Token);
            }));
        }
    }

    /// <summary>Two hundred rows of fourteen steps each; the seed of one that differs is told.</summary>
    [Fact]
    public async Task F05_Any_sequence_of_steps_gives_the_drivers_results()
    {
        List<string> differences = [];
        for (var seed = 0; seed < 200 && differences.Count < 3; seed++)
        {
            var steps = Steps.Of(seed);
            string[] theirs, ours;
            await using (var driver = await OpenDriversAsync())
            {
                theirs = await RunAsync(new Scene(driver), steps);
            }

            await using (var session = Engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit }))
            {
                ours = await RunAsync(new Scene(session.Connection), steps);
            }

            for (var i = 0; i < steps.Length; i++)
            {
                if (theirs[i] != ours[i])
                {
                    if (IsMeant(theirs[i], ours[i]))
                    {
                        break;
                    }

                    var before = string.Join(", ", steps[..i].Select(static (step) => step.Name));
                    differences.Add($"seed {seed}: {before}, then {steps[i].Name}: the driver {theirs[i]}, here {ours[i]}");
                    break;
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static async Task<string[]> RunAsync(Scene scene, (string Name, Func<Scene, Task<object?>> Run)[] steps)
    {
        await Outcome.OfAsync(async () =>
        {
            await using var clear = scene.Command("delete from users");
            return await clear.ExecuteNonQueryAsync(Token);
        });
        List<string> outcomes = [];
        foreach (var (_, run) in steps)
        {
            outcomes.Add(await Outcome.OfAsync(() => run(scene)));
            scene.IsAborted |= outcomes[^1].StartsWith("PostgresException", StringComparison.Ordinal);
        }

        scene.Transaction?.Dispose();
        scene.Reader?.Dispose();
        return [.. outcomes];
    }

    private static async Task MoveAsync(DbDataReader reader, string where)
    {
        var rows = where is "after the last row" ? 3 : where is "before the first row" ? 0 : 1;
        for (var i = 0; i < rows; i++)
        {
            await reader.ReadAsync(Token);
        }

        switch (where)
        {
            case "closed asynchronously":
                await reader.CloseAsync();
                break;
            case "closed" or "closed early":
                reader.Close();
                break;
            case "disposed":
                reader.Dispose();
                break;
        }
    }

    private Task CompareRowsAsync(
        string[] values, IEnumerable<(string Name, Func<DbDataReader, Task<object?>> Read)> getters) =>
        CompareAsync(async (connection, note) =>
        {
            foreach (var value in values)
            {
                foreach (var (name, read) in getters)
                {
                    // Again for each: SQLite converts a value where it lies. With two columns its driver's GetStream crashes.
                    await using var command = connection.CreateCommand();
                    command.CommandText = $"select {value} as value";
                    await using var reader = await command.ExecuteReaderAsync(Token);
                    await reader.ReadAsync(Token);
                    await note($"{name} of {value}", () => read(reader));
                }
            }
        });

    /// <summary>Takes steps on the driver's connection and on a session's, and compares what came of each.</summary>
    protected async Task CompareAsync(Func<DbConnection, Func<string, Func<Task<object?>>, Task>, Task> run)
    {
        await using var driver = await OpenDriversAsync();
        var theirs = await NoteAsync(driver, run);
        await using var session = Engine.OpenSession();
        var ours = await NoteAsync(session.Connection, run);
        Assert.Equal(theirs.Count, ours.Count);
        var differences = theirs.Zip(ours)
            .Where(pair => pair.First != pair.Second && !IsMeant(pair.First.Step))
            .Select(static pair => $"{pair.First.Step}: the driver {pair.First.Outcome}, here {pair.Second.Outcome}")
            .ToList();
        Assert.True(differences.Count == 0, $"{differences.Count}\n{string.Join('\n', differences.Take(60))}");
    }

    private static async Task<List<(string Step, string Outcome)>> NoteAsync(
        DbConnection connection, Func<DbConnection, Func<string, Func<Task<object?>>, Task>, Task> run)
    {
        List<(string, string)> notes = [];
        await run(connection, async (name, step) => notes.Add((name, await Outcome.OfAsync(step))));
        return notes;
    }
}
