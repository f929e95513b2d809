using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;

namespace Native;

/// <summary>Reads and writes JSON without reflection.</summary>
[JsonSerializable(typeof(ItemBody))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
internal sealed partial class ItemJson : JsonSerializerContext;
