using Dapper;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>What Dapper can do beyond plain queries, on a session's connection, on every database.</summary>
public abstract class DapperFeatureRules : LibraryTestBase
{
    private const string PeopleWithPets =
        "select people.id, people.name, pets.owner, pets.name from people join pets on pets.owner = people.id";

    [Fact]
    public async Task S13_Multi_mapping_reads_synchronously_and_is_rejected()
    {
        await CreatePeopleAsync();
        await using (var session = Engine.OpenSession())
        {
            var error = await Assert.ThrowsAsync<SynchronousCallException>(() => MultiMapAsync(session));
            Assert.Equal("DbDataReader.Read", error.Member);
        }

        await using var blocking = CreateBlockingEngine().OpenSession();
        Assert.Equal(["ada rex"], await MultiMapAsync(blocking));
    }

    [Fact]
    public async Task S13_Two_row_parsers_map_a_row_to_two_objects_without_blocking()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        List<string> found = [];
        await using (var reader = await session.Connection.ExecuteReaderAsync(PeopleWithPets))
        {
            var person = reader.GetRowParser<Person>(startIndex: 0, length: 2);
            var pet = reader.GetRowParser<Pet>(startIndex: 2, length: 2);
            while (await reader.ReadAsync(Token))
            {
                found.Add($"{person(reader).Name} {pet(reader).Name}");
            }
        }

        Assert.Equal(["ada rex"], found);
        Assert.Equal(0, Engine.GetSnapshot().SynchronousCalls);
    }

    [Fact]
    public async Task S13_Unbuffered_queries_are_rejected_and_have_a_streaming_counterpart()
    {
        await CreatePeopleAsync();
        const string names = "select name from people";
        await using var session = Engine.OpenSession();
        var lazy = await session.Connection.QueryAsync<string>(new CommandDefinition(names, flags: CommandFlags.None));
        Assert.Throws<SynchronousCallException>(() => lazy.ToList());
        await using (var refused = await session.Connection.QueryMultipleAsync($"{names}; {names}"))
        {
            var rows = await refused.ReadAsync<string>(buffered: false);
            Assert.Throws<SynchronousCallException>(() => rows.ToList());
        }

        await using var grid = await session.Connection.QueryMultipleAsync($"{names}; {names}");
        Assert.Equal(["ada"], await grid.ReadAsync<string>());
        Assert.Equal(["ada"], await grid.ReadUnbufferedAsync<string>().ToListAsync(Token));
    }

    private static async Task<IEnumerable<string>> MultiMapAsync(DbSession session) =>
        await session.Connection.QueryAsync<Person, Pet, string>(
            PeopleWithPets, static (person, pet) => $"{person.Name} {pet.Name}", splitOn: "owner");
}
