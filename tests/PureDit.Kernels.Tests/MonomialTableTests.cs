using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class MonomialTableTests
{
    private static readonly Gen<(int Variables, int Degree, int Seed)> Sizes =
        from variables in Gen.Choose(1, 8)
        from degree in Gen.Choose(0, 6)
        from seed in Gen.Choose(0, 1_000_000)
        select (variables, degree, seed);

    [Fact]
    public void Monomials_CarryThePolynomialOfAScalarProduct() => Law.Holds(Sizes, x =>
    {
        MonomialTable table = new(x.Variables, x.Degree);
        double[] q = Values.NormalDouble(x.Variables, x.Seed), k = Values.NormalDouble(x.Variables, x.Seed + 1);
        double[] a = Values.NormalDouble(x.Degree + 1, x.Seed + 2), coefficients = table.Coefficients(a);
        double[] mq = new double[table.Count], mk = new double[table.Count];
        table.Evaluate(q, mq);
        table.Evaluate(k, mk);
        double expected = 0, size = 0, product = q.Zip(k, (u, v) => u * v).Sum(), absolute = q.Zip(k, (u, v) => Math.Abs(u * v)).Sum();
        for (int degree = x.Degree; degree >= 0; degree--)
        {
            expected = (expected * product) + a[degree];
            size = (size * absolute) + Math.Abs(a[degree]);
        }

        double actual = 0;
        for (int i = 0; i < mq.Length; i++) actual += coefficients[i] * mq[i] * mk[i];
        Near.Equal(expected, actual, 0, 1e-13 * size, "P(q.k)");
    });

    [Fact]
    public void Count_IsBinomial_AndMultiplicitiesOfADegreeSumToThePower() => Law.Holds(Sizes, x =>
    {
        MonomialTable table = new(x.Variables, x.Degree);
        double binomial = 1;
        for (int k = 1; k <= x.Degree; k++) binomial = binomial * (x.Variables + k) / k;
        Assert.Equal(Math.Round(binomial), table.Count);
        Assert.Equal(MonomialTable.CountOf(x.Variables, x.Degree), table.Count);
        for (int degree = 0, from = 0; degree <= x.Degree; degree++)
        {
            double sum = 0;
            for (int i = from; i < table.CountUpTo(degree); i++) sum += table.Multiplicity[i];
            Assert.Equal(Math.Pow(x.Variables, degree), sum); // (1 + … + 1)^degree, in whole numbers
            from = table.CountUpTo(degree);
        }
    });

    [Fact]
    public void SmallerDegree_IsTheBeginning() => Law.Holds(Sizes, x =>
    {
        MonomialTable large = new(x.Variables, x.Degree + 1), small = new(x.Variables, x.Degree);
        Assert.Equal(small.Parent.ToArray(), large.Parent[..small.Count].ToArray());
        Assert.Equal(small.Variable.ToArray(), large.Variable[..small.Count].ToArray());
        Assert.Equal(small.Multiplicity.ToArray(), large.Multiplicity[..small.Count].ToArray());
    });

    [Fact]
    public void FirstChild_LeadsToAllChildrenInOrder() => Law.Holds(Sizes, x =>
    {
        MonomialTable table = new(x.Variables, x.Degree);
        for (int parent = 0; parent < table.Count; parent++)
        {
            int child = table.FirstChild[parent];
            for (int v = table.Variable[parent]; child > 0 && v < x.Variables; v++, child++)
            {
                Assert.Equal((parent, v), (table.Parent[child], table.Variable[child]));
            }
        }
    });

    [Theory]
    [InlineData(0, 2)]
    [InlineData(2, -1)]
    [InlineData(64, 4)] // 814,385 of them
    [InlineData(1000, 40)] // far beyond an int
    public void Sizes_OutOfReach_AreRefused(int variables, int degree) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new MonomialTable(variables, degree));
}
