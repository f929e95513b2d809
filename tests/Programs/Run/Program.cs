using Millpond;

var count = int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture);
var databases = Databases.PostgreSql(DatabaseTemplate.FromSql(args[1]), o => o.MaxDatabases = count);
var leased = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => databases.AcquireAsync()));
foreach (var database in leased)
{
    Console.WriteLine(database.Name);
}

Console.WriteLine("leased");
await Task.Delay(Timeout.Infinite);
