using PureDit.TestSupport;
using Xunit.Sdk;

namespace PureDit.Kernels.Tests;

/// <summary>The tests' own tools: each must fail on the error that it is there to find, and pass just short of it.</summary>
public class CheckerTests
{
    [Fact]
    public void Near_PassesAtItsBound_AndFailsAtTwice()
    {
        Near.Equal([1.0, 2], [1.0, 2.02], 0, 0.021);
        Fails(() => Near.Equal([1.0, 2], [1.0, 2.042], 0, 0.021));
        Near.Equal(2.0, 2.02, 0.011, 0);
        Fails(() => Near.Equal(2.0, 2.05, 0.011, 0));
        Near.EqualToMaximum([0.1, 100], [0.2f, 100], 0.0011);
        Fails(() => Near.EqualToMaximum([0.1, 100], [0.4f, 100], 0.0011));
    }

    [Fact]
    public void Near_NaNOnOneSide_OrAnotherLength_Fails()
    {
        Fails(() => Near.Equal([double.NaN], [1.0], 1, 1));
        Fails(() => Near.Equal([1.0], [double.NaN], 1, 1));
        Fails(() => Near.Equal([1.0], [double.PositiveInfinity], 0.1, 1));
        Fails(() => Near.Equal([1.0, 2], [1.0], 1, 1));
        Near.Equal([double.NaN], [double.NaN], 0, 0);
    }

    [Fact]
    public void SameBits_OneUlpOrTheSignOfAZero_Fails()
    {
        Near.SameBits([1, 0f], [1, 0f]);
        Fails(() => Near.SameBits([1], [MathF.BitIncrement(1)]));
        Fails(() => Near.SameBits([0f], [-0f]));
    }

    [Fact]
    public void EveryCpu_PlantedKernels_Fail()
    {
        float[] input = [1, 2, 3], output = EveryCpu.Unwritten(3);
        EveryCpu.Run([input], [output], (_, to) => input.CopyTo(to[0].Span));
        Fails(() => EveryCpu.Run([input], [output], (cpu, to) => to[0].Span.Fill(cpu.Threads)));
        Fails(() => EveryCpu.Run([input], [output], (cpu, _) => input[cpu.Threads == 2 ? 1 : 0] += 1));
    }

    [Fact]
    public void Canaries_AWriteOnEitherSide_Fails()
    {
        foreach (int at in new[] { -1, 3 })
        {
            GuardedBuffer buffer = new(3);
            buffer.AssertCanariesIntact();
            System.Runtime.CompilerServices.Unsafe.Add(ref buffer.Span[0], at) = 1;
            Fails(buffer.AssertCanariesIntact);
        }
    }

    [Fact]
    public void Varied_OutputThatIsMostlyOneValue_Fails()
    {
        float[] varied = Values.Normal(100, 1), vacuous = new float[100];
        Near.Varied(varied);
        vacuous[0] = 1;
        Fails(() => Near.Varied(vacuous));
        Fails(() => Near.Varied([]));
    }

    private static void Fails(Action check) => Assert.ThrowsAny<XunitException>(check);
}
