using System.Text;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Formats.Tests;

public sealed class NpyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatIsWritten_IsRead() =>
        Law.Holds(Gen.Choose(0, 5).ArrayOf().Where(shape => shape.Length <= 6), sizes =>
        {
            long[] shape = [.. sizes.Select(x => (long)x)];
            float[] values = Values.Normal((int)shape.Aggregate(1L, (a, b) => a * b), seed: shape.Length);
            if (values.Length > 0) values[0] = BitConverter.Int32BitsToSingle(0x7FC0DEAD);

            NpyFile.Write(_folder["a.npy"], values, shape);
            NpyFile file = NpyFile.Read(_folder["a.npy"]);

            Assert.Equal(shape, file.Shape.ToArray());
            Assert.Equal(ElementType.F32, file.DType);
            Near.SameBits(values, file.ToFloats());
            Assert.Equal(["a.npy"], _folder.Files);
        });

    [Fact]
    public void Write_GivesTheBytesOfNumPy()
    {
        // numpy.save of float32 [[0, 1, 2], [3, 4, 5]]: 128 bytes, 0x76 of them after the length.
        NpyFile.Write(_folder["a.npy"], new float[] { 0, 1, 2, 3, 4, 5 }, 2, 3);
        byte[] bytes = File.ReadAllBytes(_folder["a.npy"]);

        Assert.Equal("934E554D505901007600", Convert.ToHexString(bytes[..10]));
        Assert.Equal(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".PadRight(0x75) + "\n",
            Encoding.ASCII.GetString(bytes, 10, 0x76));
        Assert.Equal(128 + 24, bytes.Length);
    }

    [Theory]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", "000000000000F03F", 1)]
    [InlineData("{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"<f2\"}", "003C", 1)]
    public void Floats_OfEveryType_AreRead(string header, string data, double expected) =>
        Assert.Equal([expected], Read(Bytes(header, Convert.FromHexString(data))).ToDoubles());

    [Theory]
    [InlineData("|b1", "02", 1)]
    [InlineData("|u1", "FF", 255)]
    [InlineData("|i1", "FF", -1)]
    [InlineData("<i2", "FEFF", -2)]
    [InlineData("<i4", "FEFFFFFF", -2)]
    [InlineData("<i8", "FEFFFFFFFFFFFFFF", -2)]
    public void Integers_OfEveryType_AreRead(string descr, string data, long expected)
    {
        NpyFile file = Read(Bytes(Header(descr, "(1, 1)"), Convert.FromHexString(data)));
        Assert.Equal([expected], file.ToInt64s());
        Assert.Throws<NpyException>(() => file.ToFloats());
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 0)]
    public void KnownVersions_AreRead(byte major, byte minor) =>
        Assert.Equal([0f], Read(Bytes(Header("<f4", "(1,)"), new byte[4], major, minor)).ToFloats());

    [Theory]
    [InlineData("", "not a NumPy")]
    [InlineData("934E554D50", "not a NumPy")]
    [InlineData("934E554D5059", "ends in its header")]
    [InlineData("924E554D50590100", "not a NumPy")]
    [InlineData("004E554D50590100", "not a NumPy")]
    [InlineData("936E756D70790100", "not a NumPy")]
    [InlineData("934D41544C420100", "not a NumPy")]
    [InlineData("504B03040A000000", "zip")]
    [InlineData("934E554D50590101", "1.1")]
    [InlineData("934E554D50590000", "0.0")]
    [InlineData("934E554D50590202", "2.2")]
    [InlineData("934E554D5059FFFF", "255.255")]
    [InlineData("934E554D50590100", "ends in its header")]
    [InlineData("934E554D5059010000", "ends in its header")]
    [InlineData("934E554D50590100FFFF", "65535 bytes, 0 are left")]
    [InlineData("934E554D50590200FFFFFFFF", "4294967295 bytes, 0 are left")]
    [InlineData("934E554D50590200F0FFFFFF", "4294967280 bytes")]
    [InlineData("934E554D505901000000", "expected '{'")]
    public void BadStart_IsRefused(string hex, string message) => AssertRefused(Convert.FromHexString(hex), message);

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, }", "expected the keys")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "key 'x'")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "repeated key 'descr'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "after the closing brace")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\r", "after the closing brace")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\0", "after the closing brace")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1,)}", "ascontiguousarray")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "True or False")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "fields")]
    [InlineData("{'descr': 'é', 'fortran_order': False, 'shape': (1,)}", "printable ASCII")]
    [InlineData("{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}", "unknown element type '<f4, '")]
    public void BadHeader_IsRefused(string header, string message) => AssertRefused(Bytes(header, new byte[4]), message);

    [Theory]
    [InlineData("|O", "pickles")]
    [InlineData(">f4", "big-endian")]
    [InlineData("<f3", "unknown element type")]
    [InlineData("<f4 ", "unknown element type")]
    [InlineData("<c8", "unknown element type")]
    public void BadType_IsRefused(string descr, string message) => AssertRefused(Bytes(Header(descr, "(1,)"), new byte[4]), message);

    [Theory]
    [InlineData("(4294967296, 4294967296)", "overflows")]
    [InlineData("(4294967296, 4294967296, 0)", "overflows")]
    [InlineData("(9223372036854775808,)", "too large")]
    [InlineData("(-1,)", "unsigned number")]
    [InlineData("(1.0,)", "expected ')'")]
    [InlineData("1", "expected '('")]
    [InlineData("(1)", "comma")]
    [InlineData("(01,)", "begins with zero")]
    [InlineData("(0x10,)", "expected ')'")]
    [InlineData("((1,),)", "unsigned number")]
    [InlineData("(1,", "unsigned number")]
    [InlineData("(0,)", "too long")]
    [InlineData("(2,)", "too short")]
    [InlineData("(1000000,)", "too short")]
    public void BadShape_IsRefused(string shape, string message) => AssertRefused(Bytes(Header("<f4", shape), new byte[4]), message);

    [Fact]
    public void LongHeaders_AreRefused()
    {
        string digits = new('9', 400);
        AssertRefused(Bytes(Header("<f4", $"({digits},)"), new byte[4]), "too large (400 digits)");
        AssertRefused(Bytes(Header("<f4", new string('(', 9000)), new byte[4]), "unsigned number");
        AssertRefused(Bytes(Header("<f4", $"({string.Concat(Enumerable.Repeat("1,", 33))})"), new byte[4]), "too many dimensions");
        AssertRefused(Bytes(Header("<f4", "(1,)") + new string(' ', 1_000_000), new byte[4], major: 2), "at most 10000");
    }

    [Fact]
    public void DamagedFiles_AreRefusedOrRead_WithoutAnotherException()
    {
        byte[] good = Bytes(Header("<f4", "(2, 3)"), new byte[24]);
        Assert.Equal(6, Read(good).Count);
        for (int length = 0; length < good.Length; length++) Assert.Throws<NpyException>(() => Read(good[..length]));
        AssertRefused([.. good, 0], "too long");
        for (int bit = 0; bit < 8 * good.Length; bit++)
        {
            byte[] damaged = [.. good];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Read(damaged);
            }
            catch (NpyException)
            {
            }
        }
    }

    [Fact]
    public void ArgumentsThatDisagree_AreRefused()
    {
        Assert.Contains("product 5", Assert.Throws<ArgumentException>(() => NpyFile.Write(_folder["a.npy"], new float[5], 2, 3)).Message);
        Assert.Throws<ArgumentException>(() => NpyFile.Write(_folder["a.npy"], Array.Empty<float>(), -1, 0));
        Assert.Empty(_folder.Files);
    }

    private static string Header(string descr, string shape) => $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}";

    private static byte[] Bytes(string header, byte[] data, byte major = 1, byte minor = 0)
    {
        byte[] text = Encoding.UTF8.GetBytes(header + "\n");
        byte[] length = BitConverter.GetBytes(text.Length)[..(major == 1 ? 2 : 4)];
        return [0x93, .. "NUMPY"u8, major, minor, .. length, .. text, .. data];
    }

    private static NpyFile Read(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        return NpyFile.Read(stream, "a.npy");
    }

    private static void AssertRefused(byte[] bytes, string message)
    {
        string got = Assert.Throws<NpyException>(() => Read(bytes)).Message;
        Assert.StartsWith("a.npy: ", got);
        Assert.Contains(message, got);
    }
}
