using PureDit.Formats;
using PureDit.Nn;

namespace PureDit.Training.Tests;

/// <summary>A checkpoint that is not, to the bit, what was written is found out.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly Interruption _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void EveryTruncation_IsDetected()
    {
        byte[] whole = Written();
        Assert.Equal(6, Read(whole, whole.Length)!.Step);
        Parallel.For(0, whole.Length, length => Assert.Null(Read(whole, length)));
    }

    [Fact]
    public void FlippedBits_AreDetected()
    {
        byte[] whole = Written();
        Random random = new(7);
        int header = (int)BitConverter.ToInt64(whole);
        for (int i = 0; i < 1000; i++)
        {
            int at = i % 2 == 0 ? random.Next(whole.Length) : random.Next(8 + header); // half of them in the header
            byte mask = (byte)(1 << random.Next(8));
            whole[at] ^= mask;
            Assert.True(Read(whole, whole.Length) is null, $"bit {mask} of byte {at} (header to {8 + header})");
            whole[at] ^= mask;
        }

        Assert.NotNull(Read(whole, whole.Length));
    }

    [Fact]
    public void DamagedNewest_FallsBackToThePrevious_AndSaysSo()
    {
        RecordingFiles disk = new();
        Left whole = _runs.Train(Interruption.Least, disk);
        byte[] damaged = disk[_runs.PathOf(6)];
        damaged[^1] ^= 1;
        RecordingFiles after = new([(_runs.PathOf(4), disk[_runs.PathOf(4)]), (_runs.PathOf(6), damaged)]);
        Left gone = _runs.Train(Interruption.Least, after, log: whole.Log);
        Assert.Equal(whole.Checkpoint, gone.Checkpoint);
        Assert.Contains("ckpt-00000006.safetensors", _runs.Notices[0], StringComparison.Ordinal);
        Assert.Contains("damaged", _runs.Notices[0], StringComparison.Ordinal);
        Assert.Contains("going on from ckpt-00000004.safetensors", _runs.Notices[1], StringComparison.Ordinal);
    }

    [Fact]
    public void FileWithoutChecksum_AndForeignFile_ArePassedOver()
    {
        using MemoryStream plain = new();
        SafetensorsFile.Write(plain, new Dictionary<string, SafetensorsEntry>());
        RecordingFiles disk = new([(_runs.PathOf(3), plain.ToArray()), (_runs.PathOf(2), "GGUF"u8.ToArray()), (Path.Combine(_runs.Folder, "ckpt-x.safetensors"), [])]);
        using CheckpointFolder folder = _runs.Open(disk);
        Assert.Null(folder.Latest);
        Assert.Equal(2, _runs.Notices.Count);
    }

    private byte[] Written()
    {
        RecordingFiles disk = new();
        _runs.Train(Interruption.Least, disk);
        return disk[_runs.PathOf(6)];
    }

    private static Checkpoint? Read(byte[] bytes, int length)
    {
        try
        {
            return CheckpointFile.Read("file", new Beginning(bytes, length));
        }
        catch (Exception e) when (e is SafetensorsException or DiTFileException)
        {
            return null;
        }
    }

    private sealed class Beginning(byte[] bytes, int length) : IFileOperations
    {
        public Stream OpenRead(string path) => new MemoryStream(bytes, 0, length);

        public Stream Create(string path, long length) => throw new NotSupportedException();

        public void Sync(Stream file) => throw new NotSupportedException();

        public void Move(string path, string newPath) => throw new NotSupportedException();

        public void Delete(string path) => throw new NotSupportedException();

        public void SyncFolder(string folder) => throw new NotSupportedException();

        public IReadOnlyList<string> List(string folder) => throw new NotSupportedException();

        public long? FreeBytes(string folder) => throw new NotSupportedException();
    }
}
