using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class PolynomialAttentionTests
{
    // Of the largest value: 8·2⁻²⁴·e^{2R} is what the plan allows for rounding, 3·10⁻⁵ at R = 2; gradients sum twice as much.
    private const double ForwardTolerance = 3e-5, BackwardTolerance = 1e-4, DoubleTolerance = 2e-6;

    [Fact]
    public void Forward_MatchesTheDenseSurrogate() => Law.Holds(PolynomialCase.All, x =>
    {
        AttentionPlan plan = x.Plan();
        double[] expected = new double[x.Shape.OutputLength];
        Reference.PolynomialAttention.Forward(x.Shape, plan.Polynomial!.Evaluate, Near.ToDouble(x.Qkv), expected, x.KeepMeans);
        Near.Equal(expected, x.Forward(new Cpu(2), plan).O, 0, x.Tolerance(ForwardTolerance) * x.LargestValue, "o");
    });

    [Fact]
    public void Backward_MatchesExactFormulaWithThePolynomialsProbabilities() => Law.Holds(PolynomialCase.All, x =>
    {
        AttentionPlan plan = x.Plan();
        double[] expected = new double[x.Shape.QkvLength];
        Reference.PolynomialAttention.Backward(x.Shape, plan.Polynomial!.Evaluate, Near.ToDouble(x.Qkv), Near.ToDouble(x.DO), expected, x.KeepMeans);
        Near.EqualToMaximum(expected, x.Backward(new Cpu(2), plan), x.Tolerance(BackwardTolerance), "dQkv");
    });

    [Fact]
    public void Surrogate_MatchesItsDenseGradient() => Law.Holds(PolynomialCase.All, x =>
    {
        AttentionPlan plan = x.Plan(AttentionGradient.Surrogate);
        double[] expected = new double[x.Shape.QkvLength];
        ExpPolynomial polynomial = plan.Polynomial!;
        Reference.PolynomialAttention.Surrogate(
            x.Shape, polynomial.Evaluate, polynomial.Derivative, Near.ToDouble(x.Qkv), Near.ToDouble(x.DO), expected, x.KeepMeans);
        Near.EqualToMaximum(expected, x.Backward(new Cpu(2), plan), x.Tolerance(BackwardTolerance), "dQkv");
    });

    [Fact]
    public void EverythingHasTheSameBitsAtEveryWidthAndThreadCount()
    {
        Law.Holds(PolynomialCase.All, HasTheSameBitsEverywhere, cases: 15);
        HasTheSameBitsEverywhere(PolynomialCase.SeveralParts);
    }

    [Fact]
    public void SeveralParts_MatchExactAttention()
    {
        PolynomialCase x = PolynomialCase.SeveralParts;
        AttentionPlan plan = x.Plan();
        (float[] o, float[] statistics) = x.Exact();
        (float[] o2, float[] statistics2) = x.Forward(new Cpu(2), plan);
        Near.Equal(Near.ToDouble(o), o2, 0, (plan.OutputError * x.LargestRange) + 1e-6, "o");
        Near.Equal(Near.ToDouble(statistics), statistics2, 0, (2 * plan.CertifiedError) + 1e-6, "logSumExp");
    }

    private static void HasTheSameBitsEverywhere(PolynomialCase x)
    {
        foreach (AttentionGradient gradient in new[] { AttentionGradient.Antiderivative, AttentionGradient.Surrogate })
        {
            AttentionPlan plan = x.Plan(gradient);
            (float[] o, float[] statistics) = x.Forward(Cpu.Serial, plan);
            float[] dQkv = x.Backward(Cpu.Serial, plan);
            Near.Varied(dQkv.Length > 50 ? dQkv : [1, 2, 3], "dQkv");
            foreach (Cpu cpu in Values.Cpus)
            {
                string where = $"at {cpu.Simd} on {cpu.Threads} threads";
                (float[] o2, float[] statistics2) = x.Forward(cpu, plan);
                Near.SameBits(o, o2, $"o {where}");
                Near.SameBits(statistics, statistics2, $"logSumExp {where}");
                Near.SameBits(dQkv, x.Backward(cpu, plan), $"dQkv {where}");
            }
        }
    }
}
