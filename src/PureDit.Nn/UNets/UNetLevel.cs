// One resolution of a U-Net: its residual blocks on the way down and on the way up, and the two ways to the next level.
// Down, every block's result is kept, and that of the halving; up, every block also sees what was kept last.
// A level l of width w_l receives w_{l−1} channels from above (level 0: w_0), and w_{l+1} from below (the last one: w_l).

using System.Globalization;
using PureDit.Autodiff;

namespace PureDit.Nn;

internal sealed class UNetLevel
{
    private readonly ResidualBlock[] _down, _up;
    private readonly ConvolutionLayer? _shorten, _lengthen; // to the level below, and from it; none at the last one

    public UNetLevel(ParameterStore store, UNetConfig config, int level)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"levels.{level}");
        int width = config.WidthAt(level), above = config.WidthAt(Math.Max(0, level - 1));
        int below = config.WidthAt(Math.Min(config.Levels - 1, level + 1));
        (_down, _up) = (new ResidualBlock[config.Blocks], new ResidualBlock[config.Blocks + 1]);
        for (int i = 0; i < _down.Length; i++)
        {
            _down[i] = new(store, $"{name}.down.{i}", config, i == 0 ? above : width, width);
        }

        if (level < config.Levels - 1)
        {
            _shorten = new(store, name + ".shorten", width, width, config.KernelSize, stride: 2);
            _lengthen = new(store, name + ".lengthen", below, below, config.KernelSize);
        }

        for (int i = 0; i < _up.Length; i++)
        {
            int kept = i < config.Blocks ? width : above; // the last one is what came from above
            _up[i] = new(store, $"{name}.up.{i}", config, (i == 0 ? below : width) + kept, width);
        }
    }

    // [doc:unet-level]
    /// <summary>Down: x from above → what the level below sees; every result is put on the stack.</summary>
    public Variable Down(Tape tape, Variable x, Variable siluC, Span<Variable> kept, ref int count)
    {
        foreach (ResidualBlock block in _down) kept[count++] = x = block.Forward(tape, x, siluC);
        return _shorten is null ? x : kept[count++] = _shorten.Forward(tape, x);
    }

    /// <summary>Up: x from below → what the level above sees; results are taken from the stack.</summary>
    public Variable Up(Tape tape, Variable x, Variable siluC, ReadOnlySpan<Variable> kept, ref int count)
    {
        if (_lengthen is not null) x = _lengthen.Forward(tape, tape.Upsample(x, 2));
        foreach (ResidualBlock block in _up) x = block.Forward(tape, tape.Concatenate(x, kept[--count]), siluC);
        return x;
    }
    // [/doc:unet-level]

    public void Initialize(Initializers random)
    {
        foreach (ResidualBlock block in (ResidualBlock[])[.. _down, .. _up]) block.Initialize(random);
        _shorten?.InitializeXavier(random);
        _lengthen?.InitializeXavier(random);
    }
}
