namespace PureDit.Laboratory;

/// <summary>The experiments there are.</summary>
public static class LaboratoryList
{
    /// <summary>Experiments on Gaussian processes, in the order in which they are run.</summary>
    public static IReadOnlyList<IExperiment> GaussianProcess { get; } =
    [
        new UnrollingExperiment(),
        new TruncationExperiment(),
        new DepthExperiment(),
        new MultiplicationExperiment(),
        new ConstructedExperiment(),
        new ExactnessExperiment(),
        new SamplesExperiment(),
        new LengthExperiment(),
        new DecayExperiment(),
        new AttentionExperiment(),
        new UNetExperiment(),
        new VideoExperiment(),
    ];

    /// <summary>Experiments on latent diffusion, in the order in which they are run.</summary>
    public static IReadOnlyList<IExperiment> Latent { get; } =
    [
        new ScalingExperiment(TimeProvider.System),
        new BoundExperiment(),
        new AblationExperiment(),
        new GradientsExperiment(TimeProvider.System),
        new SubspaceExperiment(),
        new DimensionExperiment(),
        new OrthogonalExperiment(),
        new NoiseLevelExperiment(),
    ];
}
