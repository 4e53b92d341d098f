// A check that passes whatever the kernel writes is worth nothing: every workload, at a small size, must accept its
// kernel and refuse each of its outputs with one value spoilt.

using PureDit.Kernels;
using PureDit.Nn;
using PureDit.TestSupport;

namespace PureDit.Benchmarking.Tests;

public sealed class CheckTests
{
    private static readonly DiTCase s_model = new("tiny", new DiTConfig(new ImageLayout(6, 3, 2), 20, 2, 5) { Classes = 7, LearnSigma = true }, 3, Train: false);

    private static readonly Workload[] s_small =
    [
        new GemmShape("a", 29, 37, 53).ToWorkload(), new GemmShape("b", 29, 37, 53, TransposeA: true).ToWorkload(),
        new GemmShape("c", 1, 37, 53, TransposeB: true).ToWorkload(), new GemmShape("d", 31, 1, 1, true, true).ToWorkload(),
        .. from backward in (bool[])[false, true]
           from method in Enum.GetValues<AttentionMethod>()
           select new AttentionCase(2, 3, 31, 11) { Backward = backward, Method = method }.ToWorkload(),
        .. from band in (AttentionBand[])[new(null, 0), new(3, 2), new(0, null)]
           select new AttentionCase(2, 3, 19, 5) { KeyTokens = 23, Backward = true, Band = band, Method = AttentionMethod.Naive }.ToWorkload(),
        ElementwiseWork.LayerNormalisation(7, 29, backward: false), ElementwiseWork.LayerNormalisation(7, 29, backward: true),
        ElementwiseWork.GaussianErrorLinearUnit(7, 29, backward: false), ElementwiseWork.GaussianErrorLinearUnit(7, 29, backward: true),
        ElementwiseWork.SoftmaxOfRows(7, 29), ElementwiseWork.GatedResidual(7, 29), ElementwiseWork.Optimiser("adamw", 331),
        s_model.ToWorkload(), (s_model with { Train = true }).ToWorkload(), DiTCase.Parse("13,3,24,1,4,2").ToWorkload(),
        .. PeakWork.All.Where(work => work.Name != PeakWork.Name(MemoryLevel.Ram) && work.Name != PeakWork.UpdateName), // half a gigabyte
    ];

    public static TheoryData<string, int> Works()
    {
        TheoryData<string, int> data = [];
        for (int i = 0; i < s_small.Length; i++) data.Add(s_small[i].Name, i);
        return data;
    }

    [Theory]
    [MemberData(nameof(Works))]
    public void RightResult_IsAccepted_AndEverySpoiltOneRefused(string name, int index)
    {
        _ = name;
        foreach (Cpu cpu in Values.Cpus)
        {
            PreparedWork work = s_small[index].Prepare(cpu);
            work.Run();
            work.Check();
            Assert.NotEmpty(work.Outputs);
            if (cpu.Simd != SimdLevels.Best) continue;
            foreach (OutputSpan output in work.Outputs)
            {
                foreach (int place in (int[])[0, output().Length / 2, output().Length - 1])
                {
                    float right = output()[place];
                    foreach (float wrong in (float[])[right + 0.5f + (MathF.Abs(right) / 2), float.NaN])
                    {
                        output()[place] = wrong;
                        Assert.Throws<WrongResultException>(work.Check);
                        output()[place] = right;
                    }
                }
            }
        }
    }

    [Fact]
    public void ResultsOfZeros_AreRefused()
    {
        PreparedWork work = s_model.ToWorkload().Prepare(Cpu.Serial); // never run: nothing was written
        Assert.Throws<WrongResultException>(work.Check);
    }

    [Fact]
    public void WarmWork_RunsAgainWithTheSameResult()
    {
        foreach (Workload small in s_small.Where(work => work.Group is not (WorkloadGroup.Peak or WorkloadGroup.Elementwise)))
        {
            PreparedWork work = small.Prepare(Cpu.AllCores);
            for (int i = 0; i < 3; i++) work.Run();
            work.Check();
        }
    }
}
