// Chapter 10, rung 5: what W costs as a matrix, as reflections and as transforms, and what reflections reach when they are
// trained on the points of rung 4.

using PureDit.Diffusion;
using PureDit.Latent;
using static PureDit.Book.SubspaceData;

namespace PureDit.Book;

internal static class Chapter10Structured
{
    public static void Run(BookOutput output)
    {
        Costs(output);
        Reflections(output);
    }

    private static void Costs(BookOutput output)
    {
        const int Dimension = 1024, Rank = 64;
        LinearSubspace dense = LinearSubspace.Random(Dimension, Rank, 50);
        HouseholderSubspace all = HouseholderSubspace.Of(dense);
        (string Name, ISubspace Map, string Reach)[] kinds =
        [
            ("matrix", dense, "any"), ("d₀ reflections", all, "any"),
            ("8 reflections", HouseholderSubspace.Random(Dimension, Rank, 8, 51), "a family, can be trained"),
            ("2 Hadamard stages", new HadamardSubspace(Dimension, Rank, 2, 52), "one at random, fixed"),
        ];
        List<IReadOnlyList<object>> rows = [.. kinds.Select(k => (IReadOnlyList<object>)[k.Name, (double)k.Map.Operations, (double)k.Map.Operations / dense.Operations, k.Reach])];
        rows.Add(["one attention, L = 16, d = 4", 4.0 * 16 * 16 * 4, 4.0 * 16 * 16 * 4 / dense.Operations, "–"]);
        output.Table("latent-costs", [new("W as"), new("operations", "N0"), new("of the matrix", "0.000"), new("which subspaces")], rows);
        output.Numbers("latent-costs-numbers", ("same", MapDistance.Of(all, dense)));
    }

    private static void Reflections(BookOutput output)
    {
        const int Dimension = 32, Rank = 4, Count = 512, Steps = 1000;
        NoiseLevel level = NoiseLevel.FromTime(0.1);
        LinearSubspace b = LinearSubspace.Random(Dimension, Rank, 40);
        double[] clean = Lift(b, Normal(Count * Rank, 42, 0)), noisy = Noisy(clean, level, 43), linear = new double[Rank * Rank];
        for (int i = 0; i < Rank; i++) linear[i * (Rank + 1)] = level.AlphaBar / (level.AlphaBar + level.Variance);
        List<IReadOnlyList<object>> rows = [];
        foreach (int reflections in new[] { 1, 2, 3, 4, 8 })
        {
            HouseholderSubspace w = HouseholderSubspace.Random(Dimension, Rank, reflections, 44);
            for (int step = 0; step < Steps; step++)
            {
                double[] gradient = new double[reflections * Dimension];
                HouseholderStep.DenoisingLoss(w, linear, level.Alpha, clean, noisy, gradient);
                w = HouseholderStep.Descend(w, gradient, 0.05);
            }

            LinearSubspace matrix = LinearSubspace.Of(w);
            rows.Add([reflections, (double)w.Operations / b.Operations, HouseholderSubspace.LeastSquaredDistance(b, reflections), matrix.SquaredDistance(b), matrix.OrthonormalityError]);
        }

        output.Table("latent-reflections", [new("reflections", "0"), new("operations of the matrix's", "0.0"), new("least ‖WWᵀ − BBᵀ‖²", "0.000"), new("reached", "0.000"), new("WᵀW − I", "0e-0")], rows);
    }
}
