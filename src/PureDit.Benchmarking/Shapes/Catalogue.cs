// The shapes at which PureDit is held against other libraries: those of a DiT's layers, and squares. Names and sizes are the
// same in the programs that measure the others, so that lines of results can be put side by side.

using PureDit.Nn;

namespace PureDit.Benchmarking;

/// <summary>What is measured unless other shapes are asked for.</summary>
public static class Catalogue
{
    /// <summary>Matrix products: squares, the layers of DiT-S/2, B/2 and XL/2, small ones, and those of backward.</summary>
    public static IReadOnlyList<GemmShape> MatMul { get; } =
    [
        new("sq256", 256, 256, 256), new("sq512", 512, 512, 512), new("sq1024", 1024, 1024, 1024), new("sq2048", 2048, 2048, 2048),
        new("s2_qkv", 1024, 1152, 384), new("s2_proj", 1024, 384, 384), new("s2_fc1", 1024, 1536, 384), new("s2_fc2", 1024, 384, 1536),
        new("b2_qkv", 1024, 2304, 768), new("b2_proj", 1024, 768, 768), new("b2_fc1", 1024, 3072, 768), new("b2_fc2", 1024, 768, 3072),
        new("xl2_qkv", 256, 3456, 1152), new("xl2_proj", 256, 1152, 1152), new("xl2_fc1", 256, 4608, 1152), new("xl2_fc2", 256, 1152, 4608),
        new("small64", 64, 64, 64), new("small128k32", 128, 128, 32), new("adaln_b8", 8, 2304, 384), new("gpdit_4096x256x64", 4096, 256, 64),
        new("s2_fc1_dW_AtB", 384, 1536, 1024, TransposeA: true), new("s2_fc1_dX_ABt", 1024, 384, 1536, TransposeB: true),
        new("s2_fc1_fwd_ABt", 1024, 1536, 384, TransposeB: true), new("b2_fc1_dW_AtB", 768, 3072, 1024, TransposeA: true),
        new("b2_fc1_dX_ABt", 1024, 768, 3072, TransposeB: true), new("sq1024_AtB", 1024, 1024, 1024, TransposeA: true),
        new("sq1024_ABt", 1024, 1024, 1024, TransposeB: true),
    ];

    /// <summary>Those of them that are linear layers of a DiT, whose weights can be packed ahead.</summary>
    public static IReadOnlyList<GemmShape> Layers { get; } =
        [.. MatMul.Where(shape => !shape.TransposeA && !shape.TransposeB && (shape.Name.Contains("2_", StringComparison.Ordinal) || shape.Name == "adaln_b8"))];

    /// <summary>Attention, forward and with backward: DiT-S/2 at three lengths' worth of tokens, and a small model.</summary>
    public static IReadOnlyList<AttentionCase> Attention { get; } =
    [
        .. from shape in (AttentionCase[])[new(4, 6, 256, 64), new(4, 6, 1024, 64), new(1, 8, 4096, 64), new(4, 4, 128, 32)]
           from backward in (bool[])[false, true]
           select shape with { Backward = backward },
    ];

    /// <summary>The model that learns Gaussian processes: 64 tokens of 8 channels, width 64, depth 4.</summary>
    public static DiTConfig SequenceModel { get; } = new(new SequenceLayout(64, 8), 64, 4, 4) { Classes = 1 };

    /// <summary>Whole models.</summary>
    public static IReadOnlyList<DiTCase> Models { get; } =
    [
        new("s2", DiTPresets.Published("DiT-S/2"), 1, Train: false),
        new("s2", DiTPresets.Published("DiT-S/2"), 8, Train: false) { MemoryName = "dit_s2_fwd_peakrss" },
        new("s2", DiTPresets.Published("DiT-S/2"), 8, Train: true) { MemoryName = "dit_s2_train_b8_peakrss" },
        new("gp", SequenceModel, 64, Train: false), new("gp", SequenceModel, 64, Train: true), new("gp", SequenceModel, 1, Train: false),
        new("b2", DiTPresets.Published("DiT-B/2"), 1, Train: false), new("b2", DiTPresets.Published("DiT-B/2"), 2, Train: false),
        new("xl2", DiTPresets.Published("DiT-XL/2"), 1, Train: false),
        new("xl2", DiTPresets.Published("DiT-XL/2"), 2, Train: false) { MemoryName = "dit_xl2_fwd_peakrss" },
    ];

    /// <summary>Kernels that pass over memory, and one that the peers have no name for: the gated residual.</summary>
    public static IReadOnlyList<Workload> Elementwise { get; } =
    [
        ElementwiseWork.LayerNormalisation(1024, 384, backward: false), ElementwiseWork.LayerNormalisation(1024, 384, backward: true),
        ElementwiseWork.GaussianErrorLinearUnit(1024, 1536, backward: false), ElementwiseWork.GaussianErrorLinearUnit(1024, 1536, backward: true),
        ElementwiseWork.SoftmaxOfRows(6144, 256), ElementwiseWork.Exponentials("exp_2048_L1", 2048), ElementwiseWork.GatedResidual(1024, 384),
        ElementwiseWork.Optimiser("adamw_33M", 75 * 1152 * 384),
    ];

    /// <summary>Everything, limits of the machine first.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        .. PeakWork.All, .. MatMul.Select(shape => shape.ToWorkload()), .. Layers.Select(shape => shape.ToPrepackedWorkload()), .. Attention.Select(which => which.ToWorkload()),
        .. Elementwise, .. Models.Select(model => model.ToWorkload()),
    ];
}
