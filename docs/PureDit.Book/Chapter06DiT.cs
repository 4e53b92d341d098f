// Teaching code of chapter 6: the number of parameters by hand, and guidance as one line.

using PureDit.Nn;

namespace PureDit.Book;

public static class Chapter06DiT
{
    // [doc:count-by-hand]
    /// <summary>Number of values of a DiT's parameters, from its sizes alone; the frozen position table included.</summary>
    public static (long Embedders, long Block, long Final, long Total) Count(DiTConfig config)
    {
        long d = config.Width, token = (long)config.Input.DataChannels * config.Input.ValuesPerChannel;
        long hidden = config.MlpWidth, output = (long)config.OutputChannels * config.Input.ValuesPerChannel;

        long positions = config.Input.Tokens * d;
        long x = Linear(token, d), t = Linear(256, d) + Linear(d, d);
        long y = config.Classes > 0 ? (config.Classes + 1) * d : 0;

        long attention = Linear(d, 3 * d) + Linear(d, d), mlp = Linear(d, hidden) + Linear(hidden, d);
        long block = attention + mlp + Linear(d, 6 * d);

        long final = Linear(d, output) + Linear(d, 2 * d);
        long embedders = positions + x + t + y;
        return (embedders, block, final, embedders + (config.Depth * block) + final);

        static long Linear(long inputs, long outputs) => (inputs * outputs) + outputs;
    }
    // [/doc:count-by-hand]

    // [doc:guide]
    /// <summary>What guidance answers where the network says c with the label and u without.</summary>
    public static double Guide(double conditional, double unconditional, double scale) =>
        unconditional + (scale * (conditional - unconditional));
    // [/doc:guide]
}
