// The sequences of `train series`: windows of a real series, split in time and normalised on its training part. There
// is no true process; the judge is the Gaussian process with the training windows' own mean, Γ and Σ.

using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Series;

namespace PureDit.Training;

/// <summary>Reads a training set from the CSV file of a configuration.</summary>
public static class SeriesData
{
    /// <summary>Training and held-out windows, and their judge.</summary>
    /// <exception cref="ConfigurationException">The configuration names no file, or the windows are constant.</exception>
    /// <exception cref="SeriesException">The file is no table of numbers, or too short; the message names file, line and column.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SequenceData Read(TrainingConfig config)
    {
        string file = config.Csv ?? throw new ConfigurationException("csv: expected a file, since data is 'series'.");
        SeriesTable table = SeriesReader.Read(file, new SeriesOptions
        {
            Columns = config.Columns is [] or ["all"] ? null : config.Columns,
            Missing = config.Missing switch
            {
                "drop" => MissingValues.DropRows,
                "fill" => MissingValues.ForwardFill,
                _ => MissingValues.Refuse,
            },
        });
        SeriesSplit split = SeriesSplit.Of(table, config.Frames, config.Stride, config.TestFraction);
        float[] training = split.Training.ToArray();
        if (split.Training.Count < 2)
        {
            throw new ConfigurationException($"frames: expected a window that fits the training rows at least twice, got {config.Frames}.");
        }

        SequenceStatistics statistics = new(training, config.Frames, table.Channels);
        GaussianSequence judge = EstimatedProcess.Ratio(statistics);
        return new SequenceData(training, split.Test.ToArray(), judge, judge, JudgeIsTruth: false)
        {
            ChannelNames = table.Columns,
            Scale = new ChannelScale(split.Normalisation.Means, split.Normalisation.StandardDeviations),
        };
    }
}
