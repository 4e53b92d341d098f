// A disk in memory that writes down every operation: one of them can be made to fail, and a crash after any of them can
// be replayed with what had not been synced lost, torn or reordered.

using System.Runtime.InteropServices;
using PureDit.Formats;

namespace PureDit.Training.Tests;

internal sealed class RecordingFiles : IFileOperations
{
    private readonly Dictionary<string, Node> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _before = new(StringComparer.Ordinal);

    public RecordingFiles(params IEnumerable<(string Path, byte[] Bytes)> files)
    {
        foreach ((string path, byte[] bytes) in files) (_names[path], _before[path]) = (new Node { Content = new(bytes) }, bytes);
    }

    /// <summary>A file under the name it has now.</summary>
    public sealed class Node
    {
        public List<byte> Content { get; init; } = [];
    }

    public enum Kind { Create, Write, Sync, Move, Delete, SyncFolder, Read }

    /// <param name="Kind">What was done.</param>
    /// <param name="Node">The file's content, whatever its name.</param>
    /// <param name="Path">Its name; the new one of a move.</param>
    /// <param name="From">The old name of a move.</param>
    /// <param name="Position">Where was written, or how much was reserved.</param>
    /// <param name="Bytes">What was written.</param>
    public sealed record Operation(Kind Kind, Node? Node = null, string Path = "", string From = "", long Position = 0, byte[]? Bytes = null);

    public List<Operation> Log { get; } = [];

    /// <summary>Number of the operation that fails, once; and with what.</summary>
    public int FailAt { get; set; } = -1;

    public Exception Failure { get; set; } = new IOException("No space left on device");

    /// <summary>Whether every operation from that one on fails.</summary>
    public bool FailForGood { get; set; }

    /// <summary>Told before every operation.</summary>
    public Action<Operation>? Before { get; set; }

    public IEnumerable<string> Names => _names.Keys.Order(StringComparer.Ordinal);

    public byte[] this[string path] => [.. _names[path].Content];

    public Stream Create(string path, long length)
    {
        Node node = new();
        Do(new(Kind.Create, node, path, Position: length));
        if (!_names.TryAdd(path, node)) throw new IOException($"{path} exists already");
        return new Recorded(this, node);
    }

    public void Sync(Stream file) => Do(new(Kind.Sync, ((Recorded)file).Node));

    public void Move(string path, string newPath)
    {
        Do(new(Kind.Move, _names[path], newPath, path));
        _names[newPath] = _names[path];
        _names.Remove(path);
    }

    public void Delete(string path)
    {
        Do(new(Kind.Delete, Path: path));
        _names.Remove(path);
    }

    public void SyncFolder(string folder) => Do(new(Kind.SyncFolder, Path: folder));

    public IReadOnlyList<string> List(string folder)
    {
        Do(new(Kind.Read, Path: folder));
        return [.. _names.Keys.Where(path => Path.GetDirectoryName(path) == folder).Select(path => Path.GetFileName(path)!)];
    }

    public Stream OpenRead(string path)
    {
        Do(new(Kind.Read, Path: path));
        return _names.TryGetValue(path, out Node? node) ? new MemoryStream([.. node.Content]) : throw new FileNotFoundException("no such file", path);
    }

    public long? FreeBytes(string folder) => 96_000_000;

    /// <summary>What every file held when it got its name.</summary>
    public Dictionary<string, byte[]> Named() => Log.Where(operation => operation.Kind == Kind.Move)
        .ToDictionary(operation => operation.Path, operation => operation.Node!.Content.ToArray());

    /// <summary>A disk as a loss of power after some operations may leave it.</summary>
    /// <param name="operations">How many were done.</param>
    /// <param name="random">Decides what of the rest got through.</param>
    /// <param name="foldersSync">Whether syncing a folder has an effect.</param>
    public RecordingFiles Crash(int operations, Random random, bool foldersSync)
    {
        Dictionary<Node, (byte[] Synced, List<Operation> Since)> contents = [];
        Dictionary<string, Node> names = _before.ToDictionary(pair => pair.Key, pair => new Node { Content = new(pair.Value) }, StringComparer.Ordinal);
        List<Operation> renames = [];
        foreach (Operation operation in Log.Take(operations))
        {
            switch (operation.Kind)
            {
                case Kind.Create:
                    contents[operation.Node!] = ([], [operation]);
                    renames.Add(operation);
                    break;
                case Kind.Write:
                    contents[operation.Node!].Since.Add(operation);
                    break;
                case Kind.Sync:
                    (byte[] synced, List<Operation> since) = contents[operation.Node!];
                    contents[operation.Node!] = (Applied(synced, since), []);
                    break;
                case Kind.Move or Kind.Delete:
                    renames.Add(operation);
                    break;
                case Kind.SyncFolder when foldersSync:
                    foreach (Operation rename in renames) Apply(names, rename);
                    renames.Clear();
                    break;
            }
        }

        // Where folders cannot be synced, names reach the device in their order: a journal's promise, not the standard's.
        int some = random.Next(renames.Count + 1);
        foreach (Operation rename in foldersSync ? renames.Where(_ => random.Next(2) == 0) : renames.Take(some)) Apply(names, rename);
        return new(names.Select(pair => (pair.Key, contents.TryGetValue(pair.Value, out (byte[] Synced, List<Operation> Since) content)
            ? Applied(content.Synced, Surviving(content.Since, random))
            : [.. pair.Value.Content])));
    }

    private static void Apply(Dictionary<string, Node> names, Operation operation)
    {
        if (operation.Kind != Kind.Create) names.Remove(operation.Kind == Kind.Move ? operation.From : operation.Path);
        if (operation.Kind != Kind.Delete) names[operation.Path] = operation.Node!;
    }

    // A subset in any order, the last one torn between two sectors.
    private static List<Operation> Surviving(List<Operation> operations, Random random)
    {
        const int Sector = 512;
        List<Operation> left = [.. operations.Where(_ => random.Next(3) > 0)];
        random.Shuffle(CollectionsMarshal.AsSpan(left));
        if (left.Count > 0 && left[^1] is { Bytes: { } bytes } torn) left[^1] = torn with { Bytes = bytes[..Math.Min(bytes.Length, Sector * random.Next(1 + (bytes.Length / Sector)))] };
        return left;
    }

    private static byte[] Applied(byte[] content, IEnumerable<Operation> operations)
    {
        List<byte> bytes = [.. content];
        foreach (Operation operation in operations)
        {
            if (operation.Kind == Kind.Create) Extend(bytes, operation.Position);
            else Write(bytes, operation.Position, operation.Bytes);
        }

        return [.. bytes];
    }

    private static void Write(List<byte> content, long position, ReadOnlySpan<byte> bytes)
    {
        Extend(content, position + bytes.Length);
        bytes.CopyTo(CollectionsMarshal.AsSpan(content)[(int)position..]);
    }

    private static void Extend(List<byte> content, long length)
    {
        if (content.Count < length) CollectionsMarshal.SetCount(content, (int)length);
    }

    private void Do(Operation operation)
    {
        Before?.Invoke(operation);
        int number = Log.Count;
        Log.Add(operation);
        if (number == FailAt || (FailForGood && FailAt >= 0 && number > FailAt)) throw Failure;
    }

    private sealed class Recorded(RecordingFiles disk, Node node) : Stream
    {
        public Node Node => node;

        public override bool CanRead => false;

        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => node.Content.Count;

        public override long Position { get; set; }

        public override void Write(byte[] buffer, int offset, int count)
        {
            byte[] bytes = buffer[offset..(offset + count)];
            disk.Do(new(Kind.Write, node, Position: Position, Bytes: bytes));
            RecordingFiles.Write(node.Content, Position, bytes);
            Position += count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
