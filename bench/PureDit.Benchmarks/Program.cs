// Benchmarks of the kernels, of a DiT and of a training step:   dotnet run -c Release --project bench/PureDit.Benchmarks
// with BenchmarkDotNet's own options behind "--", such as   -- --filter *MatMul*   or   -- --list flat

using BenchmarkDotNet.Running;
using PureDit.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(KernelBenchmarks).Assembly).Run(args, BenchmarkSettings.Create());
