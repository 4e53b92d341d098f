namespace PureDit.Training;

/// <summary>The data that a configuration names.</summary>
public static class SequenceSource
{
    /// <summary>Draws or reads the data, and fills in the number of channels that a series has.</summary>
    /// <param name="config">A valid configuration.</param>
    /// <returns>The configuration with <see cref="TrainingConfig.Channels"/> as in the data, and the data.</returns>
    /// <exception cref="ConfigurationException">The configuration does not fit the data.</exception>
    /// <exception cref="Series.SeriesException">A CSV file cannot be used.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static (TrainingConfig Config, SequenceData Data) Load(TrainingConfig config)
    {
        TrainingFields.Validate(config);
        SequenceData data = config.Data == "series" ? SeriesData.Read(config) : GaussianProcessData.Draw(config);
        return (config with { Channels = data.Channels }, data);
    }
}
