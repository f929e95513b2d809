namespace Millpond.IntegrationTests.Docs;

/// <summary>A block of C# on a page.</summary>
/// <param name="Page">The page's path.</param>
/// <param name="Line">The line where its code begins, from 1.</param>
/// <param name="Code">Its code: a program, declarations, or statements.</param>
/// <param name="Given">What the comment above it says is there: names, types, usings.</param>
internal sealed record CodeBlock(string Page, int Line, string Code, string Given);
