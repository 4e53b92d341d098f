using FsCheck;
using FsCheck.Fluent;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

public sealed class PolynomialAttentionOpTests
{
    private static readonly Gen<AttentionShape> Shapes =
        from n in Gen.Choose(1, 2)
        from t in Gen.Choose(1, 7)
        from heads in Gen.Choose(1, 3)
        from size in Gen.Elements(1, 2, 3)
        select new AttentionShape(n, t, heads, size);

    private static AttentionPlan Plan(AttentionShape shape, double error, AttentionGradient gradient)
    {
        float[] qkv = Values.Normal(shape.QkvLength, 31); // what OpCheck fills the first input with
        double radius = 1.01 * PolynomialAttention.Radius(Cpu.Serial, shape, qkv);
        return AttentionPlan.ForRadius(shape, radius, new AttentionRequest(error, AttentionMode.Polynomial, gradient));
    }

    private static Shape Qkv(AttentionShape shape) => new(shape.Batch, shape.Tokens, 3 * shape.Width);

    [Fact]
    public void Surrogate_MatchesReferenceAndItsDifferences() => Law.Holds(Shapes, shape =>
    {
        AttentionPlan plan = Plan(shape, 1e-5, AttentionGradient.Surrogate);
        OpCheck.Matches(
            (tape, v) => tape.Attention(v[0], plan),
            v =>
            {
                double[] o = new double[shape.OutputLength];
                Kernels.Reference.PolynomialAttention.Forward(shape, plan.Polynomial!.Evaluate, v[0], o);
                return o;
            },
            Qkv(shape));
    }, cases: 10);

    [Fact]
    public void SmallError_MatchesExactAttentionAndItsDifferences() => Law.Holds(Shapes, shape => OpCheck.Matches(
        (tape, v) => tape.Attention(v[0], Plan(shape, 1e-7, AttentionGradient.Antiderivative)),
        v => References.Attention(v[0], shape.Batch, shape.Tokens, shape.Heads, shape.HeadSize),
        Qkv(shape)), cases: 10);

    [Fact]
    public void Exact_HasTheBitsOfAttention()
    {
        AttentionShape shape = new(2, 5, 3, 4);
        AttentionPlan plan = AttentionPlan.ForRadius(shape, 100, new AttentionRequest(1e-3));
        Assert.False(plan.IsPolynomial);
        float[] Gradient(Func<Tape, Variable, Variable> attention)
        {
            Tape tape = new(Cpu.Serial, record: true);
            tape.Begin();
            Variable x = tape.Input(Qkv(shape), Values.Normal(shape.QkvLength, 1), needsGradient: true), y = attention(tape, x);
            tape.Backward(tape.MeanSquaredError(y, tape.Input(y.Shape, Values.Normal(shape.OutputLength, 2))));
            return [.. y.Data, .. x.Gradient];
        }

        Near.SameBits(Gradient((tape, x) => tape.Attention(x, shape.Heads)), Gradient((tape, x) => tape.Attention(x, plan)));
    }

    [Fact]
    public void QueryKeyNorm_MatchesReference() => Law.Holds(Shapes, shape => OpCheck.Matches(
        (tape, v) => tape.QueryKeyNorm(v[0], v[1], v[2], 1.3f),
        v =>
        {
            double[] y = new double[shape.QkvLength];
            Kernels.Reference.QueryKeyNorm.Forward(shape, v[0], v[1], v[2], 1.3f, y);
            return y;
        },
        Qkv(shape), new Shape(shape.Heads), new Shape(shape.Heads)), cases: 10);

    [Fact]
    public void Shapes_ThatAreNotThePlans_AreRefused()
    {
        AttentionShape shape = new(1, 4, 2, 3);
        AttentionPlan plan = Plan(shape, 1e-3, AttentionGradient.Antiderivative);
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        Variable x = tape.Input(new Shape(1, 5, 18)), gain = tape.Input(new Shape(2)), three = tape.Input(new Shape(3));
        Assert.Throws<ArgumentException>(() => tape.Attention(x, plan));
        Assert.Throws<ArgumentException>(() => tape.QueryKeyNorm(x, gain, three, 1));
        Assert.Throws<ArgumentException>(() => tape.QueryKeyNorm(tape.Input(new Shape(1, 5, 17)), gain, gain, 1));
    }
}
