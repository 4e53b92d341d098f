using PureDit.Kernels;

namespace PureDit.GuardPages;

internal static partial class KernelCases
{
    // Of degree one, whatever it errs: the sizes of arrays are those of any degree.
    private static IEnumerable<KernelCase> Polynomials()
    {
        const double radius = 8; // beyond what the arrays' values have
        (string Dimension, Func<int, AttentionShape> Of)[] sizes =
        [
            ("tokens", n => new(1, Math.Max(1, n), 2, P)), ("head size", n => new(1, P, 1, 1 + (n % 11))), ("batch", n => new(n % 50, P, 2, P)),
        ];
        foreach ((string dimension, Func<int, AttentionShape> of) in sizes)
        {
            foreach (AttentionGradient gradient in new[] { AttentionGradient.Antiderivative, AttentionGradient.Surrogate })
            {
                AttentionRequest request = new(double.PositiveInfinity, AttentionMode.Polynomial, gradient) { Degree = 1 };
                AttentionPlan Plan(int n) => AttentionPlan.ForRadius(of(n), radius, request);
                yield return new("PolynomialAttention.Forward(plan, qkv, o, logSumExp)", $"{dimension}, {gradient}", (cpu, a, n) =>
                    PolynomialAttention.Forward(cpu, Plan(n), a.In(of(n).QkvLength), a.Out(of(n).OutputLength), a.Out(of(n).StatisticsLength)));
                yield return new("PolynomialAttention.Backward(plan, qkv, o, logSumExp, dO, dQkv)", $"{dimension}, {gradient}", (cpu, a, n) =>
                    PolynomialAttention.Backward(
                        cpu, Plan(n), a.In(of(n).QkvLength), a.In(of(n).OutputLength), [], a.In(of(n).OutputLength), a.Out(of(n).QkvLength)));
            }

            yield return new("PolynomialAttention.Radius(shape, qkv, keepMeans)", dimension, (cpu, a, n) => PolynomialAttention.Radius(cpu, of(n), a.In(of(n).QkvLength)));
            yield return new("AttentionPlan.Measure(shape, qkv, request)", dimension, (cpu, a, n) => AttentionPlan.Measure(cpu, of(n), a.In(of(n).QkvLength), new(1e-3)));
            yield return new("FavorAttention.Forward(shape, features, qkv, o)", dimension, (cpu, a, n) =>
                FavorAttention.Forward(cpu, of(n), FavorFeatures.Create(of(n).HeadSize, R, 1), a.In(of(n).QkvLength), a.Out(of(n).OutputLength)));
            yield return new("NystroemAttention.Forward(shape, landmarks, qkv, o)", dimension, (cpu, a, n) =>
                NystroemAttention.Forward(cpu, of(n), 1, a.In(of(n).QkvLength), a.Out(of(n).OutputLength)));
            yield return new("QueryKeyNorm.Forward(shape, qkv, queryGain, keyGain, largestGain, y)", dimension, (cpu, a, n) =>
                QueryKeyNorm.Forward(cpu, of(n), a.In(of(n).QkvLength), a.In(of(n).Heads), a.In(of(n).Heads), 1, a.Out(of(n).QkvLength)));
            yield return new("QueryKeyNorm.Backward(shape, qkv, queryGain, keyGain, largestGain, dY, dQkv, dQueryGain, dKeyGain)", dimension, (cpu, a, n) =>
                QueryKeyNorm.Backward(
                    cpu, of(n), a.In(of(n).QkvLength), a.In(of(n).Heads), a.In(of(n).Heads), 1, a.In(of(n).QkvLength), a.Out(of(n).QkvLength),
                    a.Out(of(n).Heads), a.Out(of(n).Heads)));
        }
    }
}
