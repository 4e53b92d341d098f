// Teaching code of chapter 13: the smallest training loop, the spread of a batch's loss with independent and with
// stratified times, and what is left of the first weights in a moving average.

using PureDit.Autodiff;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Kernels;

namespace PureDit.Book;

public static class SmallestLoop
{
    /// <summary>Trains on sequences [n, N·d]; told the step after each update.</summary>
    public static void Train(DiffusionModel model, float[] sequences, int batch, int steps, float rate, Action<int> updated)
    {
        Shape shape = model.Network.Config.Input.BatchShape(batch, model.Network.Config.Input.DataChannels);
        int size = shape.Count / batch, n = sequences.Length / size;
        float[] x = new float[shape.Count], noise = new float[shape.Count], target = new float[shape.Count], t = new float[batch];
        NoiseLevel[] levels = new NoiseLevel[batch];
        ParameterStore store = model.Network.Parameters;
        store.EnableTraining();
        Tape tape = new(Cpu.Serial, record: true);
        for (int step = 0; step < steps; step++)
        {
            // [doc:smallest-training-batch]
            for (int i = 0; i < batch; i++)
            {
                levels[i] = model.Schedule.At((i + new Philox(0, PhiloxStream.Timestep).Uniform(step, i)) / batch);
                t[i] = (float)model.Schedule.Timestep(levels[i]);
                int row = new Philox(0, PhiloxStream.Shuffle).Index(step, i, n);
                sequences.AsSpan(row * size, size).CopyTo(x.AsSpan(i * size));
                new Philox(0, PhiloxStream.Noise).FillNormal(step, i, noise.AsSpan(i * size, size));
            }

            ForwardProcess.Target(model.Objective, levels, x, noise, target);
            ForwardProcess.AddNoise(levels, x, noise, x);
            // [/doc:smallest-training-batch]

            // [doc:smallest-training-step]
            tape.Begin();
            Variable prediction = model.Network.Forward(tape, tape.Input(shape, x), t, []);
            store.ZeroGradients();
            tape.Backward(tape.MeanSquaredError(prediction, tape.Input(shape, target)));
            AdamW.Step(
                Cpu.Serial, new AdamWSettings(), step + 1, rate,
                store.Trained(ParameterBlock.Weights), store.Trained(ParameterBlock.Gradients),
                store.Trained(ParameterBlock.FirstMoments), store.Trained(ParameterBlock.SecondMoments));
            // [/doc:smallest-training-step]

            updated(step);
        }
    }
}

public static class MovingAverage
{
    // [doc:ema-first-weights]
    /// <summary>Share of the initial weights in a moving average after some steps.</summary>
    public static double ShareOfFirst(double decay, int steps, bool warmUp)
    {
        double share = 1;
        for (int step = 0; step < steps; step++) share *= warmUp ? Math.Min(decay, (1.0 + step) / (10.0 + step)) : decay;
        return share;
    }
    // [/doc:ema-first-weights]
}

public static class BatchSpread
{
    // [doc:stratified-times]
    /// <summary>Times of a batch: independent, or one from each of its equal parts.</summary>
    public static double Time(Philox philox, int step, int i, int batch, bool stratified) =>
        stratified ? (i + philox.Uniform(step, i)) / batch : philox.Uniform(step, i);
    // [/doc:stratified-times]

    /// <summary>Standard deviation, over batches, of the mean loss of the exact denoiser.</summary>
    public static double Of(GaussianSequence process, PredictionKind kind, UniformLogSnr schedule, int batch, int batches, bool stratified)
    {
        Philox time = new(1, PhiloxStream.Timestep), data = new(1, PhiloxStream.Data), normal = new(1, PhiloxStream.Noise);
        GaussianDenoiser exact = new(process);
        int size = process.Size;
        float[] x = new float[size], noise = new float[size], target = new float[size], prediction = new float[size];
        double sum = 0, squares = 0;
        for (int step = 0; step < batches; step++)
        {
            double loss = 0;
            for (int i = 0; i < batch; i++)
            {
                NoiseLevel level = schedule.At(Time(time, step, i, batch, stratified));
                process.Sample(data, ((long)step * batch) + i, x);
                normal.FillNormal(step, i, noise);
                ForwardProcess.Target(kind, [level], x, noise, target);
                ForwardProcess.AddNoise([level], x, noise, x);
                Prediction.Of(exact, kind, level, x, prediction);
                for (int k = 0; k < size; k++) loss += Math.Pow(prediction[k] - target[k], 2) / (size * batch);
            }

            (sum, squares) = (sum + loss, squares + (loss * loss));
        }

        return Math.Sqrt((squares / batches) - Math.Pow(sum / batches, 2));
    }
}
