using System.Runtime.CompilerServices;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

public sealed class ArenaTests
{
    [Fact]
    public void Allocations_AreAlignedAndApart() => Law.Holds(Gen.ListOf(Gen.Choose(0, 70_000), 12), lengths =>
    {
        Arena arena = new(poison: false);
        List<Memory<float>> pieces = lengths.Select(arena.Allocate).ToList();
        for (int i = 0; i < pieces.Count; i++) pieces[i].Span.Fill(i);
        for (int i = 0; i < pieces.Count; i++)
        {
            Assert.Equal(lengths[i], pieces[i].Length);
            Assert.True(pieces[i].Span.IndexOfAnyExcept((float)i) < 0);
            if (lengths[i] > 0) Assert.Equal(0, Address(pieces[i].Span) % 64);
        }
    });

    [Fact]
    public void Reset_ReusesTheSameMemory()
    {
        Arena arena = new(poison: false);
        nint[] Run() => new[] { 100, 200_000, 5, 90_000 }.Select(n => Address(arena.Allocate(n).Span)).ToArray();
        nint[] first = Run();
        long reserved = arena.ReservedBytes;
        arena.Reset();
        Assert.Equal(first, Run());
        Assert.Equal(reserved, arena.ReservedBytes);
    }

    [Fact]
    public void Poison_FillsWhatIsRecycled()
    {
        Arena arena = new(poison: true);
        Memory<float> kept = arena.Allocate(20), recycled = arena.Allocate(100_000);
        kept.Span.Fill(1);
        recycled.Span.Fill(2);
        arena.Reset();
        Assert.True(float.IsNaN(kept.Span[0]) && float.IsNaN(recycled.Span[^1]));
    }

    private static nint Address(Span<float> span)
    {
        ref float first = ref span[0]; // pinned memory: the address does not move
        return Unsafe.ByteOffset(ref Unsafe.NullRef<float>(), ref first);
    }
}
