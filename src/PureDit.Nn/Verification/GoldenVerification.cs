// Runs a model on a stored reference computation and reports how far every stored value is from ours: activations,
// output, loss, gradients and guided outputs, for whatever architecture the file's metadata describe. The form of such
// files: GoldenFile.cs.
//
// Differences are relative to the largest value of their tensor. Float32 against a float64 reference: a forward pass
// of up to a dozen blocks stays within 2e-5, gradients, sums over more terms, within 1e-4.

using PureDit.Formats;
using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>Compares forward, loss, backward and guidance with a stored reference.</summary>
public static class GoldenVerification
{
    /// <summary>Tolerance for activations, outputs and the loss, relative to the tensor's maximum.</summary>
    public const double ForwardTolerance = 2e-5;

    /// <summary>Tolerance for gradients, relative to the tensor's maximum.</summary>
    public const double GradientTolerance = 1e-4;

    /// <summary>Guidance scale of the guided outputs.</summary>
    public const float GuidanceScale = 4;

    /// <summary>Verifies against the reference of a file.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="cpu">How kernels run.</param>
    /// <param name="maximumBytes">Refuse files with more tensor data than this.</param>
    /// <param name="cancellation">Checked between forward, backward and guidance.</param>
    /// <exception cref="SafetensorsException">The file is not valid, or too large.</exception>
    /// <exception cref="DiTFileException">The file is no such reference: metadata or tensors are missing, wrong or unexpected.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static GoldenReport Run(string path, Cpu cpu, long maximumBytes = long.MaxValue, CancellationToken cancellation = default) =>
        Run(SafetensorsFile.Read(path, maximumBytes), cpu, cancellation);

    /// <inheritdoc cref="Run(string, Cpu, long, CancellationToken)"/>
    public static GoldenReport Run(SafetensorsFile file, Cpu cpu, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        GoldenFile golden = new(file);
        GoldenRun run = new(golden);
        run.Training(cpu, cancellation);
        if (golden.GuidedSamples > 0) run.Guidance(cpu, cancellation);
        golden.CheckNothingElse();
        return new GoldenReport(golden.Name, golden.Config, golden.Batch, run.Comparisons);
    }
}
