using PureDit.TestSupport;

namespace PureDit.Laboratory.Tests;

/// <summary>The parts of the video experiment: balls, their centres, principal components.</summary>
public sealed class VideoTests
{
    [Fact]
    public void Ball_IsFoundWhereItWasDrawn_XAlongTheRow()
    {
        float[] centres = [7.5f, 7.5f, 5.25f, 9.125f, 10.6f, 6.3f];
        float[] found = BallVideo.Locate(BallVideo.Render(centres));
        Near.Equal(Near.ToDouble(centres), found, 0, 0.05, "centre"); // pixels; what the frame cuts off moves the centroid
    }

    [Fact]
    public void FrameWithoutLight_HasItsCentreInTheMiddle_AndNegativeLightIsNone()
    {
        float[] frame = new float[BallVideo.Pixels];
        Assert.Equal([7.5f, 7.5f], BallVideo.Locate(frame));
        frame[0] = -5;
        frame[(3 * BallVideo.Side) + 11] = 2;
        Assert.Equal([11f, 3f], BallVideo.Locate(frame));
    }

    [Fact]
    public void Shuffled_KeepsEachVideosFrames_InAnotherOrder()
    {
        const int Videos = 20, Frames = 7, Size = 3;
        float[] values = [.. Enumerable.Range(0, Videos * Frames * Size).Select(i => (float)i)];
        float[] shuffled = BallVideo.Shuffled(values, Frames, Size, seed: 1);
        Assert.Equal(shuffled, BallVideo.Shuffled(values, Frames, Size, seed: 1));
        int moved = 0;
        for (int n = 0; n < Videos; n++)
        {
            float[][] before = [.. values[(n * Frames * Size)..((n + 1) * Frames * Size)].Chunk(Size)], after = [.. shuffled[(n * Frames * Size)..((n + 1) * Frames * Size)].Chunk(Size)];
            Assert.Equal(before, after.OrderBy(frame => frame[0]));
            moved += Enumerable.Range(0, Frames).Count(i => before[i][0] != after[i][0]);
        }

        Assert.InRange(moved, 0.7 * Videos * Frames, Videos * Frames); // 6 of 7 in the mean
    }

    [Fact]
    public void Autoencoder_HasUncorrelatedCodes_TheFirstOfVarianceOne_AndProjects()
    {
        const int Size = 7, Count = 500, Codes = 3;
        float[] data = Values.Normal(Count * Size, 1);
        for (int i = 0; i < data.Length; i++) data[i] = 2 + (data[i] * (1 + (i % Size)));
        LinearAutoencoder autoencoder = new(data, Size, Codes);
        float[] codes = autoencoder.Encode(data), decoded = autoencoder.Decode(codes);
        for (int a = 0; a < Codes; a++)
        {
            for (int b = 0; b < Codes; b++)
            {
                double product = Enumerable.Range(0, Count).Sum(n => (double)codes[(n * Codes) + a] * codes[(n * Codes) + b]) / (Count - 1);
                if (a == 0 || a != b) Near.Equal(a == b ? 1 : 0, product, 0, 1e-4, "covariance of the codes");
                else Assert.InRange(product, 0.01, 1); // distances keep their proportions, later codes are smaller
            }
        }

        Near.Equal(Near.ToDouble(codes), autoencoder.Encode(decoded), 0, 1e-4, "codes"); // decoding lost nothing of them
        double left = data.Zip(decoded, (x, y) => ((double)x - y) * ((double)x - y)).Sum() / (Count - 1);
        double all = Enumerable.Range(0, Size).Sum(i => Enumerable.Range(0, Count).Select(n => (double)data[(n * Size) + i]).ToArray() is var column ? column.Sum(v => (v - column.Average()) * (v - column.Average())) : 0) / (Count - 1);
        Near.Equal(1 - autoencoder.Explained, left / all, 1e-4, 0, "unexplained share");
    }

    [Fact]
    public void Autoencoder_WithAsManyCodesAsValues_LosesNothing()
    {
        float[] data = Values.Normal(100 * 5, 2);
        LinearAutoencoder autoencoder = new(data, 5, 5);
        Near.Equal(Near.ToDouble(data), autoencoder.Decode(autoencoder.Encode(data)), 0, 1e-5, "value");
    }
}
