// Fewer points that draw the same picture. A curve whose x never falls is cut into equal stretches of points, and each
// keeps its least and its greatest value, in order: the envelope of a noisy curve survives, spikes included. A curve
// that turns back keeps every n-th point.

namespace PureDit.Reporting;

internal static class Thinning
{
    public static List<(double X, double Y)> Reduce(List<(double X, double Y)> points, int most)
    {
        if (points.Count <= most) return points;
        List<(double X, double Y)> kept = new(most);
        if (!Rises(points))
        {
            int stride = (points.Count + most - 1) / most;
            for (int i = 0; i < points.Count; i += stride) kept.Add(points[i]);
            return kept;
        }

        int stretches = Math.Max(1, most / 2);
        for (int s = 0; s < stretches; s++)
        {
            int begin = (int)((long)points.Count * s / stretches), end = (int)((long)points.Count * (s + 1) / stretches);
            int low = begin, high = begin;
            for (int i = begin; i < end; i++)
            {
                if (points[i].Y < points[low].Y) low = i;
                if (points[i].Y > points[high].Y) high = i;
            }

            kept.Add(points[Math.Min(low, high)]);
            if (low != high) kept.Add(points[Math.Max(low, high)]);
        }

        return kept;
    }

    private static bool Rises(List<(double X, double Y)> points)
    {
        for (int i = 1; i < points.Count; i++)
        {
            if (points[i].X < points[i - 1].X) return false;
        }

        return true;
    }
}
