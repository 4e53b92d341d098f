// (c) W_B as a product of m reflections, trained by descent on their vectors on the samples, the loss and the f of the trained
// matrix. What it costs and how near it comes stand beside the matrix, and beside the least distance that m reflections can have
// (HouseholderSubspace.LeastSquaredDistance): fewer than d₀ are cheaper, and do not reach a subspace that can be any.

using PureDit.Latent;

namespace PureDit.Laboratory;

public sealed partial class SubspaceExperiment
{
    private const double ReflectedSmallest = 0.5; // c₀
    private const double ReflectedRate = 2;       // of the step of the matrix; chosen on seeds 100 to 103
    private static readonly int[] s_reflections = [1, 2, 4, 8];

    private sealed record ReflectedCase(int Reflections, int Count, double[] Distances, double[] Least)
    {
        public double OverRandom => Distances.Max() / LinearSubspace.RandomSquaredDistance(TrainedDimension, TrainedRank);
    }

    private ReflectedCase Reflected(int reflections, int count, int seeds, CancellationToken cancellation)
    {
        double[] distances = new double[seeds], least = new double[seeds];
        for (int seed = 0; seed < seeds; seed++)
        {
            cancellation.ThrowIfCancellationRequested();
            TrainingCase at = TrainingCase.Of(ReflectedSmallest, count, seed);
            HouseholderSubspace w = HouseholderSubspace.Random(TrainedDimension, TrainedRank, reflections, (ulong)(3000 + seed));
            for (int step = 0; step < count / Batch; step++)
            {
                double[] gradient = new double[reflections * TrainedDimension];
                HouseholderStep.DenoisingLoss(w, at.Linear, s_level.Alpha, at.Clean.AsSpan(TrainingCase.Batch(step)), at.Noisy.AsSpan(TrainingCase.Batch(step)), gradient);
                w = HouseholderStep.Descend(w, gradient, RateScale * ReflectedRate * at.Rate(step));
            }

            distances[seed] = LinearSubspace.Of(w).SquaredDistance(at.World.Subspace);
            least[seed] = HouseholderSubspace.LeastSquaredDistance(at.World.Subspace, reflections);
        }

        return new(reflections, count, distances, least);
    }

    private static Criterion Reach(ReflectedCase[] reflected)
    {
        ReflectedCase all = reflected.Single(c => c.Reflections == TrainedRank), one = reflected[0];
        return new("trained product of d₀ reflections: distance over that of a random one, at the largest n", all.OverRandom, 0.05)
        {
            Control = one.OverRandom,
            Note = FormattableString.Invariant($"c₀ = {ReflectedSmallest}, n = {all.Count}, largest of {all.Distances.Length} seeds; the bound is that of the matrix; control: one reflection, which cannot come below {one.Least.Max() / LinearSubspace.RandomSquaredDistance(TrainedDimension, TrainedRank):F2}"),
        };
    }

    // The matrix first, then products: operations of one application, the distance reached, and the least there can be.
    private static ResultTable Structured(ReflectedCase[] reflected, List<TrainedCase> trained)
    {
        TrainedCase matrix = trained.Single(c => c.Smallest == ReflectedSmallest && c.Count == reflected[0].Count);
        long dense = 2L * TrainedDimension * TrainedRank;
        List<IReadOnlyList<string>> rows = [Row("matrix", dense, matrix.Distances, 0)];
        foreach (ReflectedCase c in reflected)
        {
            long operations = HouseholderSubspace.Random(TrainedDimension, TrainedRank, c.Reflections, 0).Operations;
            rows.Add(Row(FormattableString.Invariant($"{c.Reflections} reflections"), operations, c.Distances, c.Least.Average()));
        }

        return new("structured", ["W_B", "operations", "over_dense", "distance", "deviation", "least_possible"], rows);

        IReadOnlyList<string> Row(string name, long operations, double[] distances, double least)
        {
            double[] values = [operations, (double)operations / dense, distances.Average(), Spread.Of(distances).Deviation, least];
            return [name, .. values.Select(ResultTable.Cell)];
        }
    }

    // Operations of one application, beside the dense matrix.
    private static ResultTable Costs()
    {
        List<IReadOnlyList<string>> rows = [];
        foreach ((int dimension, int rank) in new[] { (64, 16), (256, 64), (1024, 256), (4096, 1024) })
        {
            long dense = 2L * dimension * rank, householder = HouseholderSubspace.Random(dimension, rank, 8, 0).Operations;
            long hadamard = new HadamardSubspace(dimension, rank, 2, 0).Operations;
            rows.Add([.. new double[] { dimension, rank, dense, 4L * dimension * rank, householder, hadamard, (double)householder / dense, (double)hadamard / dense }.Select(ResultTable.Cell)]);
        }

        return new("costs", ["D", "d0", "dense", "householder_exact", "householder_8", "hadamard_2", "householder_8_over_dense", "hadamard_2_over_dense"], rows);
    }
}
