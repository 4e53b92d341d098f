// What all samplers share: the argument checks, one step per pair of consecutive levels, cancellation before a step
// and progress after it. `foreach (ReverseStep step in new ReverseSteps(...))` leaves the algorithm in the loop body.

namespace PureDit.Diffusion;

/// <summary>The steps of a run; enumerates itself.</summary>
internal ref struct ReverseSteps
{
    private readonly ReadOnlySpan<NoiseLevel> _levels;
    private readonly IProgress<int>? _progress;
    private readonly CancellationToken _cancellation;
    private int _index;

    public ReverseSteps(
        IDenoiser denoiser, ReadOnlySpan<NoiseLevel> levels, ReadOnlySpan<float> x,
        IProgress<int>? progress, CancellationToken cancellation)
    {
        Expect.Samples(denoiser.Size, x);
        if (levels.IsEmpty) Expect.Fail(nameof(levels), "at least one noise level", "none");
        for (int k = 1; k < levels.Length; k++)
        {
            if (levels[k].Time < levels[k - 1].Time) continue;
            Expect.Fail(
                nameof(levels), "noisiest first, strictly falling",
                $"t = {levels[k - 1].Time} and then {levels[k].Time} at index {k}");
        }

        _levels = levels;
        _progress = progress;
        _cancellation = cancellation;
    }

    public readonly ReverseStep Current => new(_index, _levels[_index - 1], _levels[_index]);

    public readonly ReverseSteps GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_index > 0) _progress?.Report(_index);
        if (_index == _levels.Length - 1) return false;
        _cancellation.ThrowIfCancellationRequested();
        _index++;
        return true;
    }
}
