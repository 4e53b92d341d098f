using PureDit.TestSupport;

namespace PureDit.Series.Tests;

// Two public series that the field trains on, where they are at hand.
public class PublishedSeriesTests
{
    [SharedFileFact("data/stock_data.csv")]
    public void Stocks_AreReadWhole()
    {
        SeriesTable table = SeriesReader.Read(SharedFiles.Find("data/stock_data.csv")!);

        Assert.Equal(["Open", "High", "Low", "Close", "Adj_Close", "Volume"], table.Columns);
        Assert.Equal(3685, table.Rows);
        Assert.Equal([49.676899, 51.693783, 47.669952, 49.845802, 49.845802, 44994500], table.Values[..6].ToArray());
        SeriesSplit split = SeriesSplit.Of(table, window: 24);
        Assert.Equal((2948 - 23, 737 - 23), (split.Training.Count, split.Test.Count));
    }

    [SharedFileFact("data/ETTh1.csv")]
    public void TransformerTemperatures_AreReadWithoutTheirDates()
    {
        SeriesTable table = SeriesReader.Read(SharedFiles.Find("data/ETTh1.csv")!);

        Assert.Equal(["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"], table.Columns);
        Assert.Equal(["date"], table.SkippedColumns);
        Assert.Equal(17_420, table.Rows);
        Assert.Equal(30.5310001373291, table.Values[6]);
    }
}
