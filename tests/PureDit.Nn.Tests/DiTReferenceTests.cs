using FsCheck.Fluent;
using PureDit.Autodiff;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

/// <summary>The whole model, forward and backward, against the double reference.</summary>
public sealed class DiTReferenceTests
{
    private const double ForwardFraction = 2e-5; // of the largest output: up to a dozen blocks of float arithmetic
    private const double GradientFraction = 1e-4; // of the largest gradient of the parameter

    [Fact]
    public void Forward_MatchesReference() => Law.Holds(
        from config in Models.Configs from n in Gen.Choose(1, 3) select (config, n),
        s =>
        {
            DiT model = Models.Random(s.config);
            Models.Batch batch = Models.BatchFor(s.config, s.n);
            double[] expected = Reference(model, null, null).Forward(Near.ToDouble(batch.X), Near.ToDouble(batch.T), batch.Labels);
            Assert.Contains(expected, v => Math.Abs(v) > 1e-3); // a vacuous comparison would be one of zeros
            Near.EqualToMaximum(expected, Models.Predict(model, batch), ForwardFraction, "prediction");
        },
        cases: 40);

    [Fact]
    public void Gradients_OfSelectedCoordinates_MatchCentralDifferences()
    {
        foreach (DiTConfig config in new[] { Models.Image, Models.Sequence })
        {
            DiT model = Models.Random(config);
            Models.Batch batch = Models.BatchFor(config, 2);
            Models.Gradients(model, batch);
            Random random = new(17);
            foreach (Parameter p in model.Parameters.Parameters.Where(p => p.IsTrained))
            {
                double maximum = p.Gradient.ToArray().Max(g => Math.Abs((double)g));
                for (int trial = 0; trial < 4; trial++)
                {
                    int i = random.Next(p.Shape.Count);
                    double expected = GradientCheck.Coordinate(values => Loss(model, p.Name, values, batch), Near.ToDouble(p.Data), i);
                    Near.Equal(expected, p.Gradient[i], 0, (GradientFraction * maximum) + 1e-12, $"gradient of {p.Name}[{i}]");
                }
            }
        }
    }

    [Fact]
    public void Gradients_AlongRandomDirections_MatchCentralDifferences() => Law.Holds(
        from config in Models.Configs from n in Gen.Choose(1, 2) select (config, n),
        s =>
        {
            DiT model = Models.Random(s.config);
            Models.Batch batch = Models.BatchFor(s.config, s.n);
            float[] gradients = Models.Gradients(model, batch);
            Parameter[] trained = [.. model.Parameters.Parameters.Where(p => p.IsTrained)];
            double[] point = [.. trained.SelectMany(p => Near.ToDouble(p.Data)), .. Near.ToDouble(batch.X)];
            double[] direction = Values.NormalDouble(point.Length, 23);
            double expected = GradientCheck.Directional(values => Loss(model, trained, values, batch), point, direction);
            double actual = 0, scale = 0;
            for (int i = 0; i < gradients.Length; i++)
            {
                actual += gradients[i] * direction[i];
                scale += Math.Pow(gradients[i] * direction[i], 2);
            }

            Near.Equal(expected, actual, 0, GradientFraction * Math.Sqrt(scale), "directional derivative");
        },
        cases: 25);

    private static double Loss(DiT model, string name, double[] values, Models.Batch batch) =>
        Loss(Reference(model, name, values), Near.ToDouble(batch.X), batch);

    private static double Loss(DiT model, Parameter[] trained, double[] values, Models.Batch batch)
    {
        Dictionary<string, double[]> weights = new() { ["pos_embed"] = Near.ToDouble(model.Parameters["pos_embed"].Data) };
        int at = 0;
        foreach (Parameter p in trained)
        {
            weights[p.Name] = values[at..(at + p.Shape.Count)];
            at += p.Shape.Count;
        }

        return Loss(new ReferenceDiT(model.Config, name => weights[name]), values[at..], batch);
    }

    private static double Loss(ReferenceDiT reference, double[] x, Models.Batch batch)
    {
        double[] y = reference.Forward(x, Near.ToDouble(batch.T), batch.Labels);
        return y.Select((v, i) => (v - batch.Target[i]) * (v - batch.Target[i])).Average();
    }

    private static ReferenceDiT Reference(DiT model, string? replaced, double[]? values)
    {
        Dictionary<string, double[]> weights = model.Parameters.Parameters.ToDictionary(p => p.Name, p => Near.ToDouble(p.Data));
        if (replaced is not null) weights[replaced] = values!;
        return new ReferenceDiT(model.Config, name => weights[name]);
    }
}
