using Microsoft.Data.Sqlite;

// Opens the SQLite file that is named, executes each line of its input, and answers each with one line: what the statement
// read, or "error" and why it failed. It ends with its input.
using var connection = new SqliteConnection($"Data Source={args[0]};Pooling=False;Default Timeout=10");
connection.Open();
while (Console.In.ReadLine() is { } sql)
{
    using var command = connection.CreateCommand();
    command.CommandText = sql;
    string answer;
    try
    {
        answer = $"ok {command.ExecuteScalar()}";
    }
    catch (SqliteException error)
    {
        answer = $"error {error.Message.ReplaceLineEndings(" ")}";
    }

    Console.Out.WriteLine(answer);
}
