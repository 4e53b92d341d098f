using System.Numerics.Tensors;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

public sealed class TensorBridgeTests
{
    [Fact]
    public void Tensors_GoInAndComeOutUnchanged()
    {
        float[] values = Values.Normal(2 * 3 * 5, 1);
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        Variable x = tape.Input(new ReadOnlyTensorSpan<float>(values, [2, 3, 5]));
        Assert.Equal(new Shape(2, 3, 5), x.Shape);
        Assert.Equal(values[(1 * 15) + (2 * 5) + 4], x.AsTensorSpan()[1, 2, 4]);
        Tensor<float> copy = x.ToTensor();
        tape.Begin();
        Assert.Equal(values, copy.ToArray());
        Assert.Equal([2, 3, 5], copy.Lengths.ToArray());
    }

    [Fact]
    public void SlicedTensors_AreGathered()
    {
        float[] values = Values.Normal(4 * 6, 1);
        ReadOnlyTensorSpan<float> sliced = new ReadOnlyTensorSpan<float>(values, [4, 6])[1..3, 2..5];
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        Assert.Equal([.. values[8..11], .. values[14..17]], tape.Input(sliced).Data.ToArray());
    }

    [Fact]
    public void Parameters_AreWritableThroughTheirTensorSpan()
    {
        ParameterStore store = new();
        Parameter w = store.Add("w", new Shape(2, 3));
        store.Seal();
        w.AsTensorSpan()[1, 2] = 7;
        Assert.Equal(7, w.Data[5]);
    }
}
