// Compares the six float functions with their twins in double at all 2³² floats, and every seventh block of
// 16,384 of them at all vector widths, which must give the same bits.
//
//   dotnet run -c Release --project tests/PureDit.Exhaustive                  all of them, into docs/results/exhaustive.json
//   dotnet run -c Release --project tests/PureDit.Exhaustive -- sin 3/8 F     the third of eight parts of one, into folder F
//   dotnet run -c Release --project tests/PureDit.Exhaustive -- table F       the table from the parts in F
//
// Exit code 1 where an error exceeds one unit in the last place, or widths differ.

using System.Globalization;
using PureDit.Exhaustive;
using PureDit.TestSupport;

string folder = args is [.., string last] && args.Length is 2 or 3 ? last : Directory.CreateTempSubdirectory("exhaustive").FullName;
switch (args)
{
    case []:
        foreach (ElementaryFunction function in ElementaryFunction.All) Sweep.Run(function, 1, 1).Write(folder);
        return ResultTable.Write(folder, SharedFiles.RepositoryRoot);
    case ["table", _]:
        return ResultTable.Write(folder, SharedFiles.RepositoryRoot);
    case [string name, string part, _] when ElementaryFunction.All.Any(f => f.Name == name) && part.Split('/') is [string k, string of]:
        PartResult result = Sweep.Run(
            ElementaryFunction.All.Single(f => f.Name == name), int.Parse(k, CultureInfo.InvariantCulture), int.Parse(of, CultureInfo.InvariantCulture));
        result.Write(folder);
        Console.WriteLine(result);
        return 0;
    default:
        Console.Error.WriteLine("usage: [FUNCTION PART/PARTS FOLDER | table FOLDER]");
        return 2;
}
