namespace PureDit.Training.Tests;

/// <summary>Every operation on the disk fails once; the power fails after every one of them.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly Interruption _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void EveryOperationThatFails_LeavesThePreviousCheckpoint_AndTheNextOneWorks()
    {
        SequenceData data = GaussianProcessData.Draw(Interruption.Least);
        RecordingFiles calm = new();
        Left whole = _runs.Train(Interruption.Least, calm, data);
        Dictionary<string, byte[]> written = calm.Named();
        Exception[] failures = [new IOException("No space left on device"), new UnauthorizedAccessException("Access denied")];
        int opened = calm.Log.FindIndex(operation => operation.Kind == RecordingFiles.Kind.Create);
        int ended = 0;
        for (int n = opened; n < calm.Log.Count; n++)
        {
            RecordingFiles disk = new() { FailAt = n, Failure = failures[n % failures.Length] };
            try
            {
                Left left = _runs.Train(Interruption.Least, disk, data);
                Assert.Equal(whole.Weights, left.Weights);
                Assert.Equal(whole.Checkpoint, left.Checkpoint);
            }
            catch (CheckpointException e)
            {
                ended++;
                Assert.Contains("MB are needed, 96.0 MB are free", e.Message, StringComparison.Ordinal);
                Assert.Contains("the last good checkpoint is that of step 4", e.Message, StringComparison.Ordinal);
            }

            Assert.True(disk.Log.Count > n, "the operation was not reached");
            Assert.DoesNotContain(disk.Names, name => name.Contains(".tmp-", StringComparison.Ordinal));
            using CheckpointFolder after = _runs.Open(disk);
            Assert.True(after.Latest!.Step >= 4, $"operation {n}: {after.Latest.Step}");
            Assert.Equal(written[after.Latest.Path], disk[after.Latest.Path]);
        }

        Assert.InRange(ended, 20, calm.Log.Count); // those of the last checkpoint
    }

    [Fact]
    public void DiskThatStaysFull_EndsTrainingAtTheThirdFailure()
    {
        TrainingConfig config = Interruption.Least with { Steps = 100 };
        RecordingFiles disk = new();
        disk.Before = operation =>
        {
            if (operation.Path.Contains("ckpt-00000006", StringComparison.Ordinal)) (disk.FailAt, disk.FailForGood) = (disk.Log.Count, true);
        };
        CheckpointException error = Assert.Throws<CheckpointException>(() => _runs.Train(config, disk));
        Assert.Contains("ckpt-00000010", error.Message, StringComparison.Ordinal);
        Assert.Contains("step 4; training ends after 3 failures in a row", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, _runs.Notices.Count(notice => notice.Contains("training continues and tries again", StringComparison.Ordinal)));
        using CheckpointFolder after = _runs.Open(_runs.Only(disk, 2, 4));
        Assert.Equal(4, after.Latest!.Step);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PowerLostAfterEveryOperation_LeavesAWholeCheckpoint_OldOrNew(bool foldersSync)
    {
        const int Outcomes = 8;
        SequenceData data = GaussianProcessData.Draw(Interruption.Least);
        RecordingFiles first = new();
        _runs.Train(Interruption.Least with { Steps = 4 }, first, data);
        RecordingFiles disk = _runs.Only(first, 2, 4); // safe on the device before
        _runs.Train(Interruption.Least with { Steps = 10 }, disk, data);
        Dictionary<string, byte[]> written = disk.Named();
        foreach (long step in new[] { 2, 4 }) written.Add(_runs.PathOf(step), first[_runs.PathOf(step)]);

        Random random = new(20260714);
        long safe = 4;
        HashSet<(long, long)> seen = [];
        for (int n = 0; n <= disk.Log.Count; n++)
        {
            if (n > 0 && disk.Log[n - 1].Kind == RecordingFiles.Kind.SyncFolder && foldersSync) safe += 2;
            for (int outcome = 0; outcome < Outcomes; outcome++)
            {
                using CheckpointFolder folder = _runs.Open(disk.Crash(n, random, foldersSync));
                Assert.True(folder.Latest is not null, $"after operation {n} no checkpoint is left");
                Assert.True(folder.Latest.Step >= (foldersSync ? safe : 4), $"after operation {n}: step {folder.Latest.Step}, {safe} was safe");
                RecordingFiles read = (RecordingFiles)folder.Files;
                Assert.True(written[_runs.PathOf(folder.Latest.Step)].AsSpan().SequenceEqual(read[folder.Latest.Path]), $"after operation {n}: neither old nor new");
                seen.Add((safe, folder.Latest.Step));
            }
        }

        Assert.True(seen.Count >= (foldersSync ? 4 : 3), string.Join(' ', seen));
    }
}
