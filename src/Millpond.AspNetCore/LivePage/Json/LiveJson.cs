using System.Text.Json;
using System.Text.Json.Serialization;

namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>The serializers of the live page, generated at compile time.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LiveMessage))]
[JsonSerializable(typeof(BlackBoxSnapshot))]
internal sealed partial class LiveJson : JsonSerializerContext;
