namespace PureDit.Cli.Tests;

public sealed class TimeLeftTests
{
    private readonly Hand _clock = new();

    [Fact]
    public void SteadyPace_IsGoneOnWith()
    {
        TimeLeft left = new(_clock);
        Assert.Null(left.At(0));
        for (int i = 1; i <= 100; i++)
        {
            _clock.Seconds = i;
            Assert.Equal(400 - i, left.At(i / 400.0)!.Value, 6);
        }
    }

    [Fact]
    public void WhatAnEarlierRunHadDone_IsNoPace()
    {
        TimeLeft left = new(_clock);
        double? last = left.At(0);
        for (int i = 1; i <= 60; i++)
        {
            _clock.Seconds = i;
            last = left.At(0.8 + (i / 10_000.0)); // four fifths at once, then a ten-thousandth a second
        }

        Assert.Equal((0.2 - 0.006) * 10_000, last!.Value, 3);
    }

    [Fact]
    public void WhatStandsStill_CannotBeTold()
    {
        TimeLeft left = new(_clock);
        Assert.Null(left.At(0.4)); // a first report of so much says nothing of the pace
        _clock.Seconds = 5;
        left.At(0.5);
        _clock.Seconds = 50;
        left.At(0.5);
        _clock.Seconds = 90;
        Assert.Null(left.At(0.5));
    }

    private sealed class Hand : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(1000 * Seconds);
    }
}
