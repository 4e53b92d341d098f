// Runs every public kernel at every size on arrays that end, then begin, at a page that may not be touched, with inputs
// in pages that may not be written to: at every vector width, on one thread and, from 4095 on, on two.
//
//   dotnet run -c Release --project tests/PureDit.GuardPages -- FILE              FILE always names the running case
//   dotnet run -c Release --project tests/PureDit.GuardPages -- FILE PLANTED      a planted bug: read, write or input
//
// A violation ends the process (exit code 134 or 139), and FILE says which case it was; nothing can catch it.

using System.Text;
using Microsoft.Win32.SafeHandles;
using PureDit.GuardPages;
using PureDit.Kernels;

if (args.Length is not (1 or 2))
{
    Console.Error.WriteLine("usage: FILE [read | write | input]");
    return 2;
}

string[] missing = [.. KernelCase.Kernels().Except(KernelCases.All.Select(each => each.Kernel))];
string[] unknown = [.. KernelCases.All.Select(each => each.Kernel).Except(KernelCase.Kernels()).Distinct()];
foreach (string name in missing) Console.Error.WriteLine($"{name}: a kernel without a case.");
foreach (string name in unknown) Console.Error.WriteLine($"{name}: a case without a kernel.");
if (missing.Length + unknown.Length > 0) return 1;

using SafeFileHandle progress = File.OpenHandle(args[0], FileMode.Create, FileAccess.Write);
GuardedArrays arrays = new();
IReadOnlyList<KernelCase> cases = args.Length == 1 ? KernelCases.All : [PlantedBugs.Named(args[1])];
long calls = 0;
foreach (SimdLevel simd in SimdLevels.Supported)
{
    Cpu one = new(1, simd), two = new(2, simd);
    foreach (KernelCase each in cases)
    {
        foreach (Placement placement in Enum.GetValues<Placement>())
        {
            arrays.Placement = placement;
            foreach (int size in KernelCase.Sizes)
            {
                RandomAccess.Write(progress, Encoding.UTF8.GetBytes($"{each.Kernel} with {each.Dimension} {size} at {simd}, {placement}\n".PadRight(240)), 0);
                foreach (Cpu cpu in size < 4095 ? [one] : new[] { one, two })
                {
                    arrays.Reset();
                    each.Run(cpu, arrays, size);
                    calls++;
                }
            }
        }
    }
}

Console.WriteLine($"{calls} calls of {KernelCase.Kernels().Count()} kernels at {string.Join(", ", SimdLevels.Supported)}");
return 0;
