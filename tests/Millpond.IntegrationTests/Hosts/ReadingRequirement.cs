using Microsoft.AspNetCore.Authorization;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A requirement that <see cref="ReadingHandler"/> meets.</summary>
internal sealed class ReadingRequirement : IAuthorizationRequirement;
