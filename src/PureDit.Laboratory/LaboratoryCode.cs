// Which code made a result: a digest of the module version ids of all assemblies that compute it. Builds are
// deterministic, so that an id is a hash of what was compiled: equal code has an equal identity, other code another.

using System.Security.Cryptography;

namespace PureDit.Laboratory;

/// <summary>The identity of the code that makes the laboratory's results.</summary>
public static class LaboratoryCode
{
    /// <summary>A type of each assembly that has a part in a result.</summary>
    internal static IReadOnlyList<Type> Parts { get; } =
    [
        typeof(LaboratoryCode), typeof(Reporting.LineChart), typeof(Training.TrainingLoop), typeof(Series.SeriesReader), typeof(Latent.LinearAutoencoder),
        typeof(GaussianProcess.GaussianSequence), typeof(Inference.SampleDrawer), typeof(Diffusion.NoiseLevel), typeof(Nn.DiT), typeof(Formats.SafetensorsFile),
        typeof(Autodiff.Tape), typeof(Kernels.Cpu),
    ];

    /// <summary>Sixteen hexadecimal digits.</summary>
    public static string Identity { get; } =
        Convert.ToHexStringLower(SHA256.HashData([.. Parts.SelectMany(part => part.Module.ModuleVersionId.ToByteArray())]))[..16];
}
