namespace PureDit.Kernels.Tests;

/// <summary>Every message names the argument, what was expected and what was given.</summary>
public class ArgumentTests
{
    private static readonly Cpu s_cpu = Cpu.Serial;

    public static TheoryData<string, string, Action> WrongLengths { get; } = new()
    {
        { "x", "x: expected [2, 3] (6 values), got 5 values.", () => Softmax.Forward(s_cpu, new float[5], 2, 3, new float[6]) },
        { "y", "y: expected [2, 3] (6 values), got 5 values.", () => Softmax.Forward(s_cpu, new float[6], 2, 3, new float[5]) },
        { "dX", "dX: expected [2, 3] (6 values), got 0 values.", () => Softmax.Backward(s_cpu, new float[6], new float[6], 2, 3, []) },
        { "y", "y: expected 3 values, got 2 values.", () => Gelu.Forward(s_cpu, new float[3], new float[2]) },
        { "dX", "dX: expected 3 values, got 4 values.", () => Silu.Backward(s_cpu, new float[3], new float[3], new float[4]) },
        { "y", "y: expected 3 values, got 4 values.", () => Elementwise.Add(s_cpu, new float[3], new float[4], new float[3]) },
        { "y", "y: expected 3 values, got 4 values.", () => Reductions.Dot(s_cpu, new float[3], new float[4]) },
        { "table", "table: expected [2, 3] (6 values), got 5 values.", () => Rows.AddBroadcast(s_cpu, new float[12], new float[5], 4, 3, 2, new float[12]) },
        { "sums", "sums: expected 3 values, got 2 values.", () => Rows.SumColumns(s_cpu, new float[6], 2, 3, new float[2]) },
        { "weights", "weights: expected 2 values, got 1 values.", () => MeanSquaredError.Forward(s_cpu, new float[6], new float[6], new float[1], 2, 3, new double[2]) },
        { "perSample", "perSample: expected 2 values, got 1 values.", () => MeanSquaredError.Forward(s_cpu, new float[6], new float[6], [], 2, 3, new double[1]) },
        { "gradients", "gradients: expected 3 values, got 2 values.", () => AdamW.Step(s_cpu, new AdamWSettings(), 1, 1, new float[3], new float[2], new float[3], new float[3]) },
        { "average", "average: expected 3 values, got 2 values.", () => AdamW.Step(s_cpu, new AdamWSettings(), 1, 1, new float[3], new float[3], new float[3], new float[3], new float[2]) },
        { "y", "y: expected 3 values, got 2 values.", () => Elementwise.Tanh(s_cpu, new float[3], new float[2]) },
        { "average", "average: expected 3 values, got 2 values.", () => Ema.Update(s_cpu, new float[3], 0.5f, new float[2]) },
        {
            "gate", "gate: expected 2 chunks of 3 with stride 10 (13 values), got 12 values.",
            () => Gate.Forward(s_cpu, new float[12], new float[12], new float[12], 4, 3, 2, 10, new float[12])
        },
        {
            "scale", "scale: expected 2 chunks of 3 with stride 10 (13 values), got 12 values.",
            () => LayerNorm.Forward(
                s_cpu, new float[12], [], new float[12], 4, 3, 2, 10, 0, new float[12], new float[4], new float[4])
        },
        {
            "inverseStd", "inverseStd: expected 4 values, got 3 values.",
            () => LayerNorm.Forward(s_cpu, new float[12], [], [], 4, 3, 1, 3, 0, new float[12], new float[4], new float[3])
        },
    };

    [Theory]
    [MemberData(nameof(WrongLengths))]
    public void WrongLength_IsNamedWithBothNumbers(string argument, string message, Action call)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(argument, call);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, Action> OutOfRange { get; } = new()
    {
        { "rows", "rows: expected 0 or more, got -1.", () => Softmax.Forward(s_cpu, [], -1, 3, []) },
        { "period", "period: expected 1 or more, got 0.", () => Rows.AddBroadcast(s_cpu, [], [], 0, 3, 0, []) },
        { "size", "size: expected 1 or more, got 0.", () => MeanSquaredError.Forward(s_cpu, [], [], [], 1, 0, new double[1]) },
        { "rowsPerSample", "rowsPerSample: expected 1 or more, got 0.", () => Gate.Forward(s_cpu, [], [], [], 0, 3, 0, 3, []) },
        { "stride", "stride of gate: expected at least the width, 3, got 2.", () => Gate.Forward(s_cpu, [], [], [], 0, 3, 1, 2, []) },
        { "columns", "columns: expected 0 or more, got -3.", () => Softmax.Forward(s_cpu, [], 2, -3, []) },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void DimensionOutOfRange_IsNamedWithBothNumbers(string argument, string message, Action call)
    {
        ArgumentException error = Assert.Throws<ArgumentOutOfRangeException>(argument, call);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }
}
