using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class PredictionTests
{
    private static readonly PredictionKind[] Kinds = Enum.GetValues<PredictionKind>();

    // x0 = (x − σε)/α and ε = (x − αx0)/σ magnify float rounding by 1/α and 1/σ; score and v once more.
    private static double Bound(NoiseLevel level) => 3e-7 / (level.Alpha * level.Variance);

    [Fact]
    public void Conversions_MatchTheDefinitions() => Law.Holds(Cases.Level, level =>
    {
        float[] x0 = [1.5f, -0.25f, 0, 3], eps = [-0.5f, 2, 1.25f, 0];
        float[] x = new float[4], result = new float[4];
        ForwardProcess.AddNoise([level], x0, eps, x);
        foreach (PredictionKind from in Kinds)
        {
            float[] prediction = Definition(from, level, x0, eps);
            foreach (PredictionKind to in Kinds)
            {
                Prediction.Convert(from, to, level, x, prediction, result);
                Near.Equal(
                    Near.ToDouble(Definition(to, level, x0, eps)), result, Bound(level), Bound(level), $"{from} to {to}");
            }
        }
    });

    [Fact]
    public void Conversions_RoundTripInPlace() => Law.Holds(Cases.Level, level =>
    {
        float[] x = Values.Normal(7, seed: 1), prediction = Values.Normal(7, seed: 2);
        foreach (PredictionKind from in Kinds)
        {
            foreach (PredictionKind to in Kinds)
            {
                float[] result = [.. prediction];
                Prediction.Convert(from, to, level, x, result, result);
                Prediction.Convert(to, from, level, x, result, result);
                Near.Equal(Near.ToDouble(prediction), result, Bound(level), Bound(level), $"{from}, {to} and back");
            }
        }
    });

    [Fact]
    public void Conversion_MayOverwriteTheSamples() => Law.Holds(Cases.Level, level =>
    {
        float[] x = Values.Normal(7, seed: 1), prediction = Values.Normal(7, seed: 2), apart = new float[7];
        Prediction.Convert(PredictionKind.V, PredictionKind.X0, level, x, prediction, apart);
        Prediction.Convert(PredictionKind.V, PredictionKind.X0, level, x, prediction, x);
        Near.SameBits(apart, x);
    });

    [Fact]
    public void SameKind_CopiesTheBitsAtAnyLevel()
    {
        float[] prediction = [1, float.NaN, -0.0f], result = new float[3];
        foreach (PredictionKind kind in Kinds)
        {
            Prediction.Convert(kind, kind, NoiseLevel.Clean, new float[3], prediction, result);
            Near.SameBits(prediction, result);
        }
    }

    [Fact]
    public void V_IsTheNoiseWhereAllIsSignalAndMinusX0WhereAllIsNoise()
    {
        Assert.Equal((0, 1), Prediction.Coefficients(PredictionKind.Noise, PredictionKind.V, NoiseLevel.Clean));
        Assert.Equal((1, 0), Prediction.Coefficients(PredictionKind.V, PredictionKind.X0, NoiseLevel.Clean));
        (double ofX, double ofX0) = Prediction.Coefficients(PredictionKind.X0, PredictionKind.V, NoiseLevel.FromTime(100));
        Near.Equal([0, -1], [ofX, ofX0], 1e-15, 1e-15);
    }

    [Theory]
    [InlineData(PredictionKind.X0, PredictionKind.Noise)]
    [InlineData(PredictionKind.X0, PredictionKind.V)]
    [InlineData(PredictionKind.X0, PredictionKind.Score)]
    [InlineData(PredictionKind.Noise, PredictionKind.Score)]
    [InlineData(PredictionKind.V, PredictionKind.Score)]
    public void WhatDoesNotFollowAtTheCleanLevel_Throws(PredictionKind from, PredictionKind to) =>
        Assert.Contains($"one at which {to} follows from {from}", Assert.Throws<ArgumentException>(
            () => Prediction.Convert(from, to, NoiseLevel.Clean, [1], [1], new float[1])).Message);

    [Fact]
    public void LengthsThatDiffer_Throw()
    {
        Assert.Contains("prediction: expected 3 values, got 2", Assert.Throws<ArgumentException>(() => Convert(3, 2, 3)).Message);
        Assert.Contains("result: expected 3 values, got 4", Assert.Throws<ArgumentException>(() => Convert(3, 3, 4)).Message);

        static void Convert(int x, int prediction, int result) => Prediction.Convert(
            PredictionKind.V, PredictionKind.X0, NoiseLevel.FromTime(1), new float[x], new float[prediction], new float[result]);
    }

    private static float[] Definition(PredictionKind kind, NoiseLevel level, float[] x0, float[] eps) =>
        Near.ToFloat(Cases.Column(x0.Length, i => kind switch
        {
            PredictionKind.Noise => eps[i],
            PredictionKind.X0 => x0[i],
            PredictionKind.V => (level.Alpha * eps[i]) - (level.Sigma * x0[i]),
            _ => -eps[i] / level.Sigma,
        }));
}
