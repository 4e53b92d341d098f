using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

public sealed class ParameterStoreTests
{
    [Fact]
    public void Parameters_AreViewsOfOneBlock_TrainedFirst()
    {
        ParameterStore store = new();
        Parameter frozen = store.Add("positions", new Shape(3, 5), trained: false);
        Parameter w = store.Add("w", new Shape(7, 3)), b = store.Add("b", new Shape(7));
        store.Seal();
        frozen.Data.Fill(1);
        w.Data.Fill(2);
        b.Data.Fill(3);
        Span<float> trained = store.Trained(ParameterBlock.Weights);
        Assert.Equal(32 + 16, store.TrainedLength); // 21 and 7 values in whole cache lines of 16
        Assert.True(trained[..21].IndexOfAnyExcept(2f) < 0 && trained[21..32].IndexOfAnyExcept(0f) < 0);
        Assert.True(trained[32..39].IndexOfAnyExcept(3f) < 0 && trained[39..].IndexOfAnyExcept(0f) < 0);
        Assert.Equal((43, 28), (store.ValueCount, store.TrainedValueCount));
        Assert.Equal(["positions", "w", "b"], store.Parameters.Select(p => p.Name));
        Assert.Same(w, store["w"]);
    }

    [Fact]
    public void TrainingBlocks_ExistOnDemandOnly()
    {
        ParameterStore store = new();
        Parameter w = store.Add("w", new Shape(7, 3)), frozen = store.Add("positions", new Shape(2), trained: false);
        store.Seal();
        Values.Normal(21, 1).CopyTo(w.Data);
        Assert.Contains("EnableTraining", Assert.Throws<InvalidOperationException>(() => w.Gradient.Length).Message, StringComparison.Ordinal);
        store.EnableTraining(average: true);
        Assert.Equal(new float[21], w.Gradient.ToArray());
        Assert.True(store.HasAverage);
        Assert.Equal(w.Data.ToArray(), w.In(ParameterBlock.Average).ToArray());
        w.Gradient.Fill(4);
        store.ZeroGradients();
        Assert.Equal(new float[21], w.Gradient.ToArray());
        Assert.Contains("frozen", Assert.Throws<InvalidOperationException>(() => frozen.Gradient.Length).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => store.EnableTraining());
    }

    [Fact]
    public void AverageBlock_ExistsWhereOneIsKept()
    {
        ParameterStore store = new();
        Parameter w = store.Add("w", new Shape(3));
        store.Seal();
        store.EnableTraining();
        Assert.Equal((true, false), (store.IsTraining, store.HasAverage));
        Assert.Equal(new float[3], w.In(ParameterBlock.SecondMoments).ToArray());
        string message = Assert.Throws<InvalidOperationException>(() => w.In(ParameterBlock.Average).Length).Message;
        Assert.Contains("EnableTraining(average: true)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ChecksNameShapeAndLength()
    {
        ParameterStore store = new();
        Parameter w = store.Add("w", new Shape(2, 3));
        store.Seal();
        store.Load("w", new Shape(2, 3), [1, 2, 3, 4, 5, 6]);
        Assert.Equal([1, 2, 3, 4, 5, 6], w.Data.ToArray());
        Assert.Contains("got v", Assert.Throws<ArgumentException>(() => store.Load("v", new Shape(2, 3), new float[6])).Message, StringComparison.Ordinal);
        Assert.Contains("w: expected shape [2, 3], got [3, 2]", Assert.Throws<ArgumentException>(() => store.Load("w", new Shape(3, 2), new float[6])).Message, StringComparison.Ordinal);
        Assert.Contains("expected 6", Assert.Throws<ArgumentException>(() => store.Load("w", new Shape(2, 3), new float[5])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Declaration_EndsWithSeal()
    {
        ParameterStore store = new();
        Parameter w = store.Add("w", new Shape(2));
        Assert.Throws<ArgumentException>(() => store.Add("w", new Shape(2)));
        Assert.Contains("not sealed", Assert.Throws<InvalidOperationException>(() => w.Data.Length).Message, StringComparison.Ordinal);
        store.Seal();
        Assert.Throws<InvalidOperationException>(() => store.Add("v", new Shape(2)));
        Assert.Throws<InvalidOperationException>(store.Seal);
    }
}
