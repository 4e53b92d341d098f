// How a DiT's gates become given functions of the time. Gates are linear in silu(c(t)), and c is what the timestep MLP
// makes of its 256 cosines and sines. Here c_j(t) = a(v(t) − v_j) with v the slowest sine, which is nearly a line, so that
// silu(c_j) are D smoothed ramps with knots v_j; any smooth function of t is a combination of them, found by least
// squares. The MLP's own silu is undone by silu(y) − silu(−y) = y.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Smoothed ramps of the time, of which gates are combinations.</summary>
internal sealed class TimeKnots
{
    private const int Places = 2048;          // where functions are fitted
    private const double Margin = 0.1;        // knots go beyond the ends by this share of the range
    private const double Steepness = 0.5;     // a times the distance of knots: ramps overlap widely
    private const double Ridge = 2e-15;       // of the largest eigenvalue: keeps the matrix definite and weights about 1
    private const int Slowest = TimestepEmbedding.Features - 1;

    private readonly int _count;
    private readonly double[] _design;        // [Places, D + 1], the last column for the bias
    private readonly double[] _transposed;
    private readonly Cholesky _normal;
    private readonly double _scale;

    public TimeKnots(int count, UniformLogSnr schedule)
    {
        (_count, Schedule) = (count, schedule);
        _scale = 1 / Slow(schedule.Timestep(NoiseLevel.FromTime(schedule.End)));
        Levels = [.. Enumerable.Range(0, Places).Select(i => schedule.At(schedule.MinTime + ((schedule.MaxTime - schedule.MinTime) * i / (Places - 1))))];
        int columns = count + 1;
        _design = new double[Places * columns];
        for (int i = 0; i < Places; i++)
        {
            double v = _scale * Slow(schedule.Timestep(Levels[i]));
            for (int j = 0; j < count; j++)
            {
                double y = Slope * (v - Knot(j));
                _design[(i * columns) + j] = y / (1 + PortableMath.Exp(-y));
            }

            _design[(i * columns) + count] = 1;
        }

        _transposed = Dense.Transpose(_design, Places, columns);
        double[] normal = new double[columns * columns];
        Dense.Multiply(_transposed, _design, columns, Places, columns, normal);
        double largest = new SymmetricEigen(normal, columns).Values[^1];
        _normal = new Cholesky(normal, columns, Ridge * largest);
    }

    public UniformLogSnr Schedule { get; }

    /// <summary>Noise levels at which functions are fitted, cleanest first.</summary>
    public NoiseLevel[] Levels { get; }

    private double Slope => Steepness * (_count - 1) / (1 + (2 * Margin));

    private double Knot(int j) => ((1 + (2 * Margin)) * j / (_count - 1)) - Margin;

    /// <summary>Writes the timestep MLP: y = v(t) through a pair of units, then c_j = a(y − v_j).</summary>
    public void Write(DiT network)
    {
        Span<float> first = network.Parameters["t_embedder.mlp.0.weight"].Data, second = network.Parameters["t_embedder.mlp.2.weight"].Data;
        Span<float> bias = network.Parameters["t_embedder.mlp.2.bias"].Data;
        (first[Slowest], first[TimestepEmbedding.Features + Slowest]) = ((float)_scale, -(float)_scale);
        for (int j = 0; j < _count; j++)
        {
            (second[j * _count], second[(j * _count) + 1]) = ((float)Slope, -(float)Slope);
            bias[j] = (float)(-Slope * Knot(j));
        }
    }

    /// <summary>Weights [D] and bias with which a linear layer makes a function of the level from silu(c).</summary>
    public (double[] Weights, double Bias) Fit(Func<NoiseLevel, double> function)
    {
        int columns = _count + 1;
        double[] target = [.. Levels.Select(function)], right = new double[columns], solution = new double[columns];
        Dense.Multiply(_transposed, target, columns, Places, 1, right);
        _normal.Solve(right, 1, solution);
        return (solution[.._count], solution[_count]);
    }

    /// <summary>The largest error of a fitted function, in exact arithmetic.</summary>
    public double Residual(Func<NoiseLevel, double> function)
    {
        (double[] weights, double bias) = Fit(function);
        double[] fitted = new double[Places];
        Dense.Multiply(_design, [.. weights, bias], Places, _count + 1, 1, fitted);
        return Levels.Select((level, i) => Math.Abs(fitted[i] - function(level))).Max();
    }

    private static double Slow(double timestep)
    {
        float[] features = new float[TimestepEmbedding.Features];
        TimestepEmbedding.FillFeatures([(float)timestep], features);
        return features[Slowest];
    }
}
