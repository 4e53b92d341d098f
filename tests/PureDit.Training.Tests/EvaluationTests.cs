using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

public class EvaluationTests
{
    private static readonly SequenceData s_data = GaussianProcessData.Draw(Tiny.Config with { TrainingSequences = 4096 });

    private static float[] Fresh(int count)
    {
        float[] samples = new float[count * s_data.Judge.Size];
        s_data.Judge.Sample(new Philox(99, PhiloxStream.Data), 0, samples);
        return samples;
    }

    /// <summary>The exact noise prediction times a factor.</summary>
    private sealed class Scaled(double factor) : IDenoiser
    {
        private readonly GaussianDenoiser _exact = new(s_data.Judge);

        public int Size => _exact.Size;

        public PredictionKind Kind => PredictionKind.Noise;

        public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
        {
            _exact.Predict(level, x, prediction);
            foreach (ref float value in prediction) value *= (float)factor;
        }
    }

    [Fact]
    public void Grid_IsTwelveTimes_EvenInLogSnr()
    {
        NoiseLevel[] grid = ScoreEvaluation.Grid();
        Assert.Equal((12, 0.01, 5.0), (grid.Length, grid[0].Time, grid[^1].Time));
        double step = grid[1].LogSnr - grid[0].LogSnr;
        for (int i = 1; i < grid.Length; i++) Assert.Equal(step, grid[i].LogSnr - grid[i - 1].LogSnr, 1e-9);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(1.25, 0.25)]
    [InlineData(-1, 2)]
    public void ScoreError_OfAScaledTruth_IsTheDistanceOfTheScaleFromOne(double factor, double expected)
    {
        foreach (ScoreErrorAt at in ScoreEvaluation.Run(new Scaled(factor), s_data.Judge, Fresh(64), 1))
        {
            Assert.Equal(expected, at.Value, 1e-5);
        }
    }

    [Fact]
    public void Loss_OfTheTruth_IsTheClosedFormMinimum()
    {
        foreach (ScoreErrorAt at in ScoreEvaluation.Run(new GaussianDenoiser(s_data.Judge), s_data.Judge, Fresh(4000), 1))
        {
            // 60,000 squared errors of variance 2·minimum²: four standard errors are 2.3 %; correlation doubles that.
            Assert.Equal(at.OptimalLoss, at.Loss, 0.05 * at.OptimalLoss);
            Assert.Equal(at.JudgeLoss, at.Loss, 1e-9);
        }
    }

    [Fact]
    public void PlugIn_IsCloseToTheTruth_ButNotTheTruth()
    {
        foreach (ScoreErrorAt at in ScoreEvaluation.Run(new GaussianDenoiser(s_data.PlugIn), s_data.Judge, Fresh(500), 1))
        {
            Assert.InRange(at.Value, 1e-5, 0.1);
        }
    }

    [Fact]
    public void SamplesOfTheTruth_AreAsFarAsTheirFloor()
    {
        const int count = 4000;
        SampleErrors errors = SampleEvaluation.Run(Fresh(count), s_data.Judge);
        SampleFloors floors = SampleFloors.Of(s_data.Judge, count);
        Assert.InRange(errors.Gamma, 0.2 * floors.Gamma, 2.5 * floors.Gamma);
        Assert.InRange(errors.Sigma, 0.2 * floors.Sigma, 2.5 * floors.Sigma);
        Assert.InRange(errors.Mean, 0.2 * floors.Mean, 2.5 * floors.Mean);
        Assert.InRange(errors.KullbackLeibler, 0, 0.05);
    }

    [Fact]
    public void Evaluation_OfTheTruth_HasNoErrorOfItsOwn()
    {
        EvaluationResult result = Evaluation.Run(Tiny.Config, new GaussianDenoiser(s_data.Judge), s_data, TimeProvider.System);
        Assert.InRange(result.RelativeScoreError, 0, 1e-5);
        Assert.Equal(result.ExactScoreSamples.Temporal, result.Samples.Temporal);
        Assert.Equal(s_data.Judge.Temporal.ToArray(), result.Temporal);
        Assert.NotEqual(result.RealPaths, result.GeneratedPaths);
    }

    [Fact]
    public void Process_HasUnitScale_AndNoHiddenSymmetry()
    {
        GaussianSequence process = GaussianProcessData.Process(new TrainingConfig());
        Assert.Equal(4, Dense.Trace(process.Spatial, 4), 1e-12);
        Assert.All(Enumerable.Range(0, 16), i => Assert.Equal(1, process.Temporal[(i * 16) + i], 1e-12));
        Assert.NotEqual(process.Spatial[0], process.Spatial[15]);
        Assert.InRange(process.Mean.ToArray().Max(), 0.9, 1.1);
    }

    [Fact]
    public void TrainingSequences_DoNotDependOnTheirNumber()
    {
        SequenceData few = GaussianProcessData.Draw(Tiny.Config with { TrainingSequences = 10 });
        Near.SameBits(few.Training, s_data.Training.AsSpan(0, few.Training.Length));
    }
}
