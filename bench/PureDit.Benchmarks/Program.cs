// Benchmarks of the kernels, of a DiT and of a training step:   dotnet run -c Release --project bench/PureDit.Benchmarks
// with BenchmarkDotNet's own options behind "--", such as   -- --filter *MatMul*   or   -- --list flat
// With   -- --lines …   it is `puredit bench --lines …`, in one process and without BenchmarkDotNet.
// With   -- --linear THREADS   it compares exact with polynomial attention by length.
// With   -- --turns THREADS   it plays against other libraries: see compare-peers.py.

using System.Globalization;
using BenchmarkDotNet.Running;
using PureDit.Benchmarks;
using PureDit.Cli;

if (args is ["--turns", string threads]) return Turns.Play(int.Parse(threads, CultureInfo.InvariantCulture), Console.In, Console.Out);
if (args is ["--linear", string cores]) return LinearAttention.Run(int.Parse(cores, CultureInfo.InvariantCulture), Console.Out);
if (args.Contains("--lines")) return ProcessHost.Run(["bench", .. args]);
bool runs = !args.Intersect(["--list", "--info", "--help", "--version"]).Any();
BenchmarkSwitcher.FromAssembly(typeof(WorkloadBenchmarks).Assembly).Run(args, BenchmarkSettings.Create(runs));
return 0;
