namespace PureDit.Formats.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_CreatesAndReplaces()
    {
        string path = _folder["file"];
        AtomicFile.Write(path, stream => stream.Write("first"u8));
        AtomicFile.Write(path, stream => stream.Write("2"u8));
        Assert.Equal("2", File.ReadAllText(path));
        Assert.Equal(["file"], _folder.Files);
    }

    [Fact]
    public void WhileWriting_ReadersSeeTheOldContent()
    {
        string path = _folder["file"];
        File.WriteAllText(path, "old");
        AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(path));
            Assert.Equal(2, _folder.Files.Length); // in the same folder, or the rename would be a copy
        });
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void WriterThatFails_LeavesTheOldFileAndNoOther()
    {
        string path = _folder["file"];
        File.WriteAllText(path, "old");
        foreach (Exception failure in new Exception[] { new IOException("disk full"), new ArgumentException("bad") })
        {
            Exception thrown = Assert.ThrowsAny<Exception>(() => AtomicFile.Write(path, stream =>
            {
                stream.Write(new byte[100_000]);
                throw failure;
            }));
            Assert.Same(failure, thrown);
            Assert.Equal("old", File.ReadAllText(path));
            Assert.Equal(["file"], _folder.Files);
        }
    }

    [Fact]
    public void LengthIsWhatWasWritten_NotWhatWasExpected()
    {
        AtomicFile.Write(_folder["file"], stream => stream.Write(new byte[10]), expectedLength: 4096);
        Assert.Equal(10, new FileInfo(_folder["file"]).Length);
    }

    [Fact]
    public void NoRoom_FailsBeforeAnythingIsWritten()
    {
        bool began = false;
        long absurd = new DriveInfo(Path.GetPathRoot(_folder["file"])!).TotalSize < 1L << 60 ? 1L << 61 : long.MaxValue;
        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(_folder["file"], _ => began = true, absurd));
        Assert.False(began);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void FolderAsFile_AndFolderThatIsNotThere_AreRefused()
    {
        Directory.CreateDirectory(_folder["folder"]);
        Assert.Throws<IOException>(() => AtomicFile.Write(_folder["folder"], _ => { }));
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(_folder["absent/file"], _ => { }));
        Assert.Empty(_folder.Files);
    }
}
