using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Series.Tests;

public sealed class SeriesReaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("puredit-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "series.csv");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void NumericColumns_AreRead_AndDatesPassedOver()
    {
        SeriesTable table = Read("date,Open,High\n2020-01-01,1.5,-2\n2020-01-02,3e2,.25\n");

        Assert.Equal(["Open", "High"], table.Columns);
        Assert.Equal([1.5, -2, 300, 0.25], table.Values.ToArray());
        Assert.Equal((2, 2), (table.Rows, table.Channels));
        Assert.Equal(["date"], table.SkippedColumns);
        Assert.Equal(Path, table.Name);
    }

    [Fact]
    public void AskedColumns_AreReadInTheirOrder()
    {
        SeriesTable table = Read("a,b,c\n1,2,3\n4,5,6\n", new() { Columns = ["c", "a"] });
        Assert.Equal(["c", "a"], table.Columns);
        Assert.Equal([3, 1, 6, 4], table.Values.ToArray());
    }

    [Theory]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n")]
    [InlineData("\ufeffa,b\n1,2\n3,4")]
    [InlineData("a,b\n1,2\n3,4\n\n\n")]
    [InlineData("\"a\",\"b\"\n\"1\",\"2\"\n3,4\n")]
    [InlineData(" a , b \n 1 ,2\n3, 4\n")]
    [InlineData(",a,b\nx,1,2\ny,3,4\n")]
    [InlineData("a,\"no\nte\"\"d\"\"\",b\n1,\"x,\ny\",2\n3,z,4\n")]
    public void WaysOfWritingTheSameTable_GiveTheSameValues(string text)
    {
        SeriesTable table = Read(text);
        Assert.Equal(["a", "b"], table.Columns);
        Assert.Equal([1, 2, 3, 4], table.Values.ToArray());
    }

    [Fact]
    public void OtherSeparators_AreRead() =>
        Assert.Equal([1, 2], Read("a;b\n1;2\n", new() { Separator = ';' }).Values.ToArray());

    [Fact]
    public void WhatIsWritten_IsReadToTheLastBit() =>
        Law.Holds(
            from channels in Gen.Choose(1, 5)
            from rows in Gen.Choose(1, 7)
            from values in ArbMap.Default.GeneratorFor<NormalFloat>().ArrayOf(channels * rows)
            from newLine in Gen.Elements("\n", "\r\n")
            select (channels, values: Array.ConvertAll(values, x => x.Get), newLine),
            given =>
            {
                StringBuilder text = new();
                text.AppendJoin(',', Enumerable.Range(0, given.channels).Select(c => $"c{c}")).Append(given.newLine);
                foreach (double[] row in given.values.Chunk(given.channels))
                {
                    text.AppendJoin(',', row.Select(x => x.ToString("R", CultureInfo.InvariantCulture))).Append(given.newLine);
                }

                SeriesTable table = Read(text.ToString());
                Assert.Equal(given.values.Select(BitConverter.DoubleToInt64Bits), table.Values.ToArray().Select(BitConverter.DoubleToInt64Bits));
            });

    [Fact]
    public void Culture_DoesNotMatter()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NumberGroupSeparator) = (",", ".");
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.Equal([1.5], Read("a\n1.5\n").Values.ToArray());
            AssertRefused("a;b\n1.5;2\n1,5;2\n", new() { Separator = ';' }, 3, "a", "\"1,5\" is not a finite number");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("", 0, null, "empty")]
    [InlineData("a,b\n", 0, null, "no rows")]
    [InlineData("\n1,2\n", 1, null, "header is blank")]
    [InlineData("1,2\n3,4\n", 1, null, "only numbers")]
    [InlineData("a,b,a\n1,2,3\n", 1, "a", "twice in the header")]
    [InlineData("a,b\n1,2\n3\n", 3, null, "expected 2 cells as in the header, got 1")]
    [InlineData("a,b\n1,2\n3,4,5\n", 3, null, "expected 2 cells as in the header, got 3")]
    [InlineData("a,b\n1,2\n\n3,4\n", 3, null, "blank line")]
    [InlineData("a,b\n1,2\n3,\"4\n", 3, null, "never closed")]
    [InlineData("a,b\n1,2\n3,\"4\"x\n", 3, null, "closing quote")]
    [InlineData("a,b\n1,2\n3,4.x\n", 3, "b", "\"4.x\" is not a finite number")]
    [InlineData("a,b\n1,\"2\n\"\n3,x\n", 4, "b", "\"x\"")]
    [InlineData("a\n1\n1e999\n", 3, "a", "\"1e999\" is not a finite number")]
    [InlineData("a\nInfinity\n", 2, "a", "\"Infinity\" is not a finite number")]
    [InlineData("a\n1\n0x10\n", 3, "a", "\"0x10\"")]
    [InlineData("a\n1\n\u001b[2J\n", 3, "a", "\"\\u001b[2J\"")]
    [InlineData("a,b\nx,y\nz,u\n", 0, null, "no column holds numbers (separated by ',', the columns are a, b)")]
    [InlineData("a,b\n1,2\n3,\n", 3, "b", "a value is missing (the cell is \"\")")]
    [InlineData("a,b\n1,2\n3,NaN\n", 3, "b", "a value is missing (the cell is \"NaN\")")]
    [InlineData("a,b\n1,na\n3,4\n", 2, "b", "a value is missing (the cell is \"na\")")]
    public void Fault_NamesFileLineAndColumn(string text, long line, string? column, string message) =>
        AssertRefused(text, null, line, column, message);

    [Theory]
    [InlineData("Opne", "no column \"Opne\"; did you mean \"Open\"? The columns are date, Open, Adj_Close")]
    [InlineData("adj close", "no column \"adj close\"; did you mean \"Adj_Close\"?")]
    [InlineData("Temperature", "no column \"Temperature\". The columns are date, Open, Adj_Close")]
    public void UnknownColumn_ListsTheColumns_AndSuggestsTheNearest(string wanted, string message) =>
        AssertRefused("date,Open,Adj_Close\n2020,1,2\n", new() { Columns = [wanted] }, 0, null, message);

    [Fact]
    public void ColumnOfDates_IsAnErrorOnlyIfAskedFor() =>
        AssertRefused("date,x\n2020-01-01,1\n", new() { Columns = ["x", "date"] }, 2, "date", "\"2020-01-01\" is not a finite number");

    [Fact]
    public void ForwardFill_RepeatsTheRowBefore()
    {
        SeriesTable table = Read("a,b\n1,2\n,NA\n,3\n4,null\n", new() { Missing = MissingValues.ForwardFill });
        Assert.Equal([1, 2, 1, 2, 1, 3, 4, 3], table.Values.ToArray());
        Assert.Equal((4, 0), (table.FilledCells, table.DroppedRows));
        AssertRefused("a,b\n1,\n2,3\n", new() { Missing = MissingValues.ForwardFill }, 2, "b", "no value to repeat");
    }

    [Fact]
    public void DropRows_LeavesOutIncompleteRows()
    {
        SeriesOptions drop = new() { Missing = MissingValues.DropRows };
        SeriesTable table = Read("a,b,note\n1,2,\n,3,\n4,5,\n6,NaN,\n", drop);
        Assert.Equal([1, 2, 4, 5], table.Values.ToArray());
        Assert.Equal((0, 2), (table.FilledCells, table.DroppedRows));
        Assert.Equal(["note"], table.SkippedColumns);
        Assert.Equal([3, 2], Read("a,b\n3,\n2,\n", drop with { Columns = ["a"] }).Values.ToArray());
    }

    [Fact]
    public void BadArguments_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => Read("a\n1\n", new() { Columns = [] }));
        Assert.Contains("\"a\" is named twice", Assert.Throws<ArgumentException>(() => Read("a\n1\n", new() { Columns = ["a", "a"] })).Message);
        Assert.Throws<ArgumentException>(() => new SeriesTable("x", ["a", "b"], [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => new SeriesTable("x", ["a"], [double.NaN]));
        Assert.Throws<FileNotFoundException>(() => SeriesReader.Read(Path + ".absent"));
        Assert.Contains("folder", Assert.Throws<SeriesException>(() => SeriesReader.Read(_folder.FullName)).Message);
    }

    [Fact]
    public void DamagedFiles_GiveNoOtherException()
    {
        byte[] good = Encoding.UTF8.GetBytes("date,\"a\",b\r\n2020,1.5,\"2\"\r\n2021,-3e2,4\r\n");
        Random random = new(20260714);
        byte[] alphabet = [.. "\",\r\n0a.-eN\t;"u8, 0, 0x80, 0xC3, 0xFF];
        for (int i = 0; i < 1500; i++)
        {
            List<byte> damaged = [.. good];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                int at = random.Next(damaged.Count);
                if (random.Next(2) == 0) damaged.RemoveAt(at);
                else damaged.Insert(at, alphabet[random.Next(alphabet.Length)]);
            }

            File.WriteAllBytes(Path, [.. damaged]);
            try
            {
                Assert.All(SeriesReader.Read(Path).Values.ToArray(), x => Assert.True(double.IsFinite(x)));
            }
            catch (SeriesException)
            {
            }
        }
    }

    private SeriesTable Read(string text, SeriesOptions? options = null)
    {
        File.WriteAllText(Path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return SeriesReader.Read(Path, options);
    }

    private void AssertRefused(string text, SeriesOptions? options, long line, string? column, string message)
    {
        SeriesException e = Assert.Throws<SeriesException>(() => Read(text, options));
        Assert.Contains(message, e.Message);
        Assert.Equal((Path, line, column), (e.File, e.Line, e.Column));
        Assert.StartsWith(line > 0 ? $"{Path}, line {line}" : Path, e.Message);
        if (column is not null) Assert.Contains($"column \"{column}\"", e.Message);
    }
}
