using PureDit.GaussianProcess;

namespace PureDit.Training;

/// <summary>
/// The row sums D_i of Γ, by which softmax divides. Frames of equal sums are named together; of a symmetric Toeplitz Γ
/// those are i and N − 1 − i, of a circulant one all.
/// </summary>
/// <param name="Common">The sum of the first group.</param>
/// <param name="Others">The other groups, each with its frames.</param>
internal sealed record RowSums(double Common, IReadOnlyList<(double Sum, int[] Frames)> Others)
{
    private const double Equal = 1e-12; // rounding of sums that are equal

    /// <summary>Adds up the rows.</summary>
    /// <exception cref="ArgumentException">An entry is negative.</exception>
    public static RowSums Of(GaussianSequence process)
    {
        int n = process.Frames;
        List<(double Sum, List<int> Frames)> groups = [];
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = 0; j < n; j++)
            {
                double value = process.Temporal[(i * n) + j];
                if (value < 0)
                {
                    throw new ArgumentException(FormattableString.Invariant(
                        $"process: expected a Γ without negative entries, since the weights of softmax attention have none, got Γ[{i}, {j}] = {value:G4}."), nameof(process));
                }

                sum += value;
            }

            int at = groups.FindIndex(group => Math.Abs(group.Sum - sum) <= Equal * sum);
            if (at < 0) groups.Add((sum, [i]));
            else groups[at].Frames.Add(i);
        }

        (double Sum, int[] Frames)[] all = [.. groups.OrderByDescending(g => g.Frames.Count).Select(g => (g.Sum, g.Frames.ToArray()))];
        return new(all[0].Sum, all[1..]);
    }
}
