using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Millpond.Benchmarks;

/// <summary>How every benchmark is run: in this process, with what it allocates, short enough to be run often.</summary>
/// <remarks>In this process, because the project's artifacts are not where the tool looks for a project of its own. The times are
/// context on a shared machine; compare the ratio of one run and the bytes, which are exact.</remarks>
internal sealed class BenchmarkSettings : ManualConfig
{
    public BenchmarkSettings()
    {
        AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        AddDiagnoser(MemoryDiagnoser.Default);

        // Beside what the build makes, whatever folder it was started from: artifacts/bin/{project}/{configuration}.
        ArtifactsPath = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../benchmarks"));
    }
}
