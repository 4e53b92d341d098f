// Trains a few steps and prints what it ran on and the digest of the weights, which it also writes to a file: to be
// started as  FILE [miniature]  with hardware switched off by DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0 or DOTNET_EnableHWIntrinsic=0.

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using PureDit.Determinism;
using PureDit.Kernels;

float[] weights = FewSteps.Train(args is [_, "miniature"] ? FewSteps.Miniature : FewSteps.Config);
File.WriteAllBytes(args[0], MemoryMarshal.AsBytes<float>(weights).ToArray());
Console.WriteLine($"{string.Join(' ', SimdLevels.Supported)}, {(Fma.IsSupported ? "FMA" : "no FMA")}, {FewSteps.Digest(weights)}");
