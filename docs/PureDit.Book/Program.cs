// Keeps the book true.   sync: writes code, tables, numbers and output into the pages.   check: fails where a page and
// its source differ.   figures [chapter …]: runs the chapters' experiments, then they are synced.
// run: takes the README's picture and numbers from a finished run of `train gp`.   full: takes the table of the
// experiments at full size from the folders of finished runs of `lab`.

using PureDit.Book;

string root = Repository.Find(Directory.GetCurrentDirectory());
switch (args)
{
    case ["sync"]:
        return Report(Repository.Sync(root));
    case ["check"]:
        return Report(Repository.Check(root));
    case ["figures", .. string[] asked]:
        BookOutput output = new(Path.Combine(root, "docs"));
        foreach (IChapter chapter in Chapters.All.Where(c => asked.Length == 0 || asked.Contains(c.Name)))
        {
            Console.WriteLine($"{chapter.Name}");
            chapter.Run(output);
        }

        foreach (string file in output.Written) Console.WriteLine($"  wrote {file}");
        return 0;
    case ["run", string folder]:
        BookOutput readme = new(Path.Combine(root, "docs"));
        DefaultRun.Write(folder, readme);
        foreach (string file in readme.Written) Console.WriteLine($"  wrote {file}");
        return Report(Repository.Sync(root));
    case ["full", .. { Length: > 0 } folders]:
        BookOutput full = new(Path.Combine(root, "docs"));
        FullSize.Write(folders, full);
        foreach (string file in full.Written) Console.WriteLine($"  wrote {file}");
        return Report(Repository.Sync(root));
    default:
        Console.Error.WriteLine("usage: sync | check | figures [chapter ...] | run FOLDER | full FOLDER ...");
        return 2;
}

static int Report(IReadOnlyList<string> problems)
{
    foreach (string problem in problems) Console.Error.WriteLine(problem);
    Console.WriteLine(problems.Count == 0 ? "The book agrees with its sources." : $"{problems.Count} problems.");
    return problems.Count == 0 ? 0 : 1;
}
