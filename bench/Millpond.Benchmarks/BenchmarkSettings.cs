using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Millpond.Benchmarks;

/// <summary>The settings of all benchmarks: in-process, with allocations, and short enough to be run often.</summary>
/// <remarks>In-process, because BenchmarkDotNet does not find the project's artifacts. Times on a shared machine are
/// approximate; compare ratios within a run, and the bytes, which are exact.</remarks>
internal sealed class BenchmarkSettings : ManualConfig
{
    public BenchmarkSettings()
    {
        AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        AddDiagnoser(MemoryDiagnoser.Default);

        // In the artifacts folder, independent of the current directory: artifacts/bin/{project}/{configuration}.
        ArtifactsPath = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../benchmarks"));
    }
}
