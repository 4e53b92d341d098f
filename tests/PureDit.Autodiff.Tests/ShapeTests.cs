namespace PureDit.Autodiff.Tests;

public sealed class ShapeTests
{
    [Fact]
    public void Count_IsTheProduct_AndRowsLeaveOutTheLast()
    {
        Shape shape = new(2, 3, 5);
        Assert.Equal((30, 6, 5, 3), (shape.Count, shape.Rows, shape.Last, shape.Rank));
        Assert.Equal("[2, 3, 5]", shape.ToString());
        Assert.Equal(new Shape(2, 3, 7), shape.WithLast(7));
        Assert.Equal(3, shape[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => shape[3]);
    }

    [Fact]
    public void Scalar_HasOneValue()
    {
        Shape scalar = new();
        Assert.Equal((0, 1, 1, 1), (scalar.Rank, scalar.Count, scalar.Rows, scalar.Last));
        Assert.Equal("[]", scalar.ToString());
        Assert.Equal(new Shape(4), scalar.WithLast(4));
        Assert.Equal(1, default(Shape).Rows);
    }

    [Fact]
    public void Equality_IsBySizesAndRank()
    {
        Assert.True(new Shape(2, 3) == new Shape(2, 3));
        Assert.True(new Shape(2, 3) != new Shape(3, 2));
        Assert.False(new Shape(2, 0).Equals(new Shape(2)));
        Assert.Equal(new Shape(2, 3).GetHashCode(), new Shape(2, 3).GetHashCode());
    }

    [Fact]
    public void BadSizes_AreNamed()
    {
        Assert.Contains("got -1 in dimension 1", Assert.Throws<ArgumentException>(() => new Shape(2, -1)).Message, StringComparison.Ordinal);
        Assert.Contains("at most 5", Assert.Throws<ArgumentException>(() => new Shape(1, 1, 1, 1, 1, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("65536 x 65536", Assert.Throws<ArgumentException>(() => new Shape(65536, 65536)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_ComeBack()
    {
        nint[] lengths = new nint[3];
        new Shape(2, 3, 5).CopyTo(lengths);
        Assert.Equal(new Shape(2, 3, 5), Shape.FromLengths(lengths));
    }
}
