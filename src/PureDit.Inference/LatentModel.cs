// A DiT in the codes of an autoencoder (Hu et al. 2024, arXiv 2407.01079): data x, code h = encode(x), tokens R(h), and
// the network denoises tokens. For a linear autoencoder this is s_W = [W f(Wᵀx, t) − x]/σ² with the DiT as
// f = R⁻¹ ∘ DiT ∘ R. A sample is drawn in the d₀ dimensions of the codes and decoded once, so that no step costs D;
// what early stopping would leave off the subspace, a Gaussian of variance at most e·T₀, is left out.
// One safetensors file holds the network under "dit." and a linear autoencoder's W and m under "autoencoder.".

using System.Globalization;
using System.Numerics.Tensors;
using PureDit.Autodiff;
using PureDit.Formats;
using PureDit.Kernels;
using PureDit.Latent;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>A diffusion model of codes, with what turns codes into data.</summary>
public sealed record LatentModel
{
    private const string Network = "dit.", Basis = "autoencoder.basis", Mean = "autoencoder.mean";
    private const string Kind = "puredit.latent.autoencoder", Identity = "identity", Linear = "linear";

    /// <summary>Puts one together.</summary>
    /// <param name="tokens">The model of the tokens R(h), sequences of L frames of d values.</param>
    /// <param name="reshape">R.</param>
    /// <param name="autoencoder">Data to codes and back.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public LatentModel(DiffusionModel tokens, PatchReshape reshape, IAutoencoder autoencoder)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(reshape);
        ArgumentNullException.ThrowIfNull(autoencoder);
        if (tokens.Network.Config.Input is not SequenceLayout layout || layout.Frames != reshape.Tokens || layout.Channels != reshape.TokenSize)
        {
            throw new ArgumentException($"tokens: expected a model of sequences of {reshape.Tokens} frames of {reshape.TokenSize} values, got {tokens.Network.Config.Input}.", nameof(tokens));
        }

        if (autoencoder.CodeSize != reshape.Size)
        {
            throw new ArgumentException($"autoencoder: expected codes of {reshape.Size} values, got {autoencoder.CodeSize}.", nameof(autoencoder));
        }

        (Tokens, Reshape, Autoencoder) = (tokens, reshape, autoencoder);
    }

    /// <summary>The model of the tokens.</summary>
    public DiffusionModel Tokens { get; }

    /// <summary>R.</summary>
    public PatchReshape Reshape { get; }

    /// <summary>Data to codes and back.</summary>
    public IAutoencoder Autoencoder { get; }

    /// <summary>The model as a denoiser of codes; <see cref="SubspaceDenoiser"/> makes one of data of it.</summary>
    /// <param name="cpu">How kernels run.</param>
    public CodeDenoiser Denoiser(Cpu cpu) => new(Tokens.Denoiser(cpu), Reshape);

    // [doc:latent-model-sample]
    /// <summary>Draws samples in the latent, and decodes them once.</summary>
    /// <param name="count">Number of samples, at least 1.</param>
    /// <param name="options">Algorithm, steps, seed; null for the defaults.</param>
    /// <param name="cpu">How kernels run; null for all cores.</param>
    /// <param name="progress">Told the number of finished samples.</param>
    /// <param name="cancellation">Looked at before every sampler step.</param>
    /// <returns>[count, D].</returns>
    public Tensor<float> Sample(
        int count, SamplingOptions? options = null, Cpu? cpu = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        float[] tokens = new float[checked(count * Reshape.Size)], codes = new float[tokens.Length];
        Tokens.Sample(count, options, cpu, progress, cancellation).FlattenTo(tokens);
        Reshape.FromTokens<float>(tokens, codes);
        float[] data = new float[checked(count * Autoencoder.DataSize)];
        Autoencoder.Decode(codes, data);
        return Tensor.Create(data, [count, Autoencoder.DataSize]);
    }
    // [/doc:latent-model-sample]

    /// <summary>The tokens of data, R(encode(x)): what the network is trained on.</summary>
    /// <param name="data">[n, D].</param>
    /// <returns>[n, L, d].</returns>
    public float[] Encode(ReadOnlySpan<float> data) => Encode(data, Reshape, Autoencoder);

    /// <summary>The tokens of data for a model that is yet to be made.</summary>
    /// <param name="data">[n, D].</param>
    /// <param name="reshape">R.</param>
    /// <param name="autoencoder">Data to codes.</param>
    /// <returns>[n, L, d].</returns>
    public static float[] Encode(ReadOnlySpan<float> data, PatchReshape reshape, IAutoencoder autoencoder)
    {
        ArgumentNullException.ThrowIfNull(reshape);
        ArgumentNullException.ThrowIfNull(autoencoder);
        float[] codes = new float[checked(data.Length / autoencoder.DataSize * autoencoder.CodeSize)], tokens = new float[codes.Length];
        autoencoder.Encode(data, codes);
        reshape.ToTokens<float>(codes, tokens);
        return tokens;
    }

    /// <summary>Writes the model with its autoencoder, if that is the identity or linear; the same model gives the same bytes.</summary>
    /// <param name="path">Where to; a file that is there is replaced as a whole.</param>
    /// <param name="block">The weights, or their moving average.</param>
    /// <exception cref="InvalidOperationException">The autoencoder is of another kind: it has a file of its own.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path, ParameterBlock block = ParameterBlock.Weights)
    {
        Dictionary<string, string> metadata = ModelFile.Metadata(Tokens);
        metadata["puredit.latent.patch"] = Reshape.Patch.ToString(CultureInfo.InvariantCulture);
        Dictionary<string, SafetensorsEntry> tensors = [];
        switch (Autoencoder)
        {
            case IdentityAutoencoder:
                metadata[Kind] = Identity;
                break;
            case LinearAutoencoder linear:
                metadata[Kind] = Linear;
                LinearSubspace subspace = linear.Subspace as LinearSubspace ?? LinearSubspace.Of(linear.Subspace);
                tensors[Basis] = SafetensorsEntry.FromDoubles(subspace.Basis.ToArray(), subspace.Dimension, subspace.Rank);
                tensors[Mean] = SafetensorsEntry.FromDoubles(linear.Mean.ToArray(), subspace.Dimension);
                break;
            default:
                throw new InvalidOperationException($"The autoencoder is a {Autoencoder.GetType().Name}: only the identity and linear ones are part of the file. Save Tokens alone.");
        }

        DiTWeights.Save(Tokens.Network, path, block, metadata, Network, tensors);
    }

    /// <summary>Loads a model that <see cref="Save"/> wrote.</summary>
    /// <exception cref="SafetensorsException">The file is not valid.</exception>
    /// <exception cref="DiTFileException">It does not hold such a model.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LatentModel Load(string path) => SafetensorsFile.Open(path, Load);

    private static LatentModel Load(SafetensorsFile file)
    {
        string kind = file.Metadata.GetValueOrDefault(Kind, "missing");
        if (kind is not (Identity or Linear)) throw new DiTFileException(file.Name, $"metadata {Kind}: expected {Identity} or {Linear}, got '{kind}'.");
        DiffusionModel tokens = DiffusionModel.Load(file, Network);
        try
        {
            int size = tokens.Network.Config.Input.Tokens * tokens.Network.Config.Input.DataChannels;
            if (!int.TryParse(file.Metadata.GetValueOrDefault("puredit.latent.patch"), NumberStyles.None, CultureInfo.InvariantCulture, out int patch)) patch = 0; // refused by the reshape
            IAutoencoder autoencoder = kind == Identity ? new IdentityAutoencoder(size) : LinearOf(file);
            return new(tokens, new PatchReshape((int)Math.Sqrt(size), patch), autoencoder);
        }
        catch (ArgumentException e)
        {
            throw new DiTFileException(file.Name, $"not a latent model: {e.Message}", e);
        }
    }

    private static LinearAutoencoder LinearOf(SafetensorsFile file)
    {
        if (!file.Tensors.TryGetValue(Basis, out SafetensorsEntry? basis) || basis.Shape.Length != 2 || !file.Tensors.ContainsKey(Mean))
        {
            throw new DiTFileException(file.Name, $"expected tensors {Basis} [D, d] and {Mean} [D].");
        }

        return new(new LinearSubspace(checked((int)basis.Shape[0]), checked((int)basis.Shape[1]), file.ToDoubles(Basis)), file.ToDoubles(Mean));
    }
}
