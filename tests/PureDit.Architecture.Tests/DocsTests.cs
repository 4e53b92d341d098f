// The book agrees with the code, its links resolve and its chapters are whole. What to do when this fails:
//   dotnet run -c Release --project docs/PureDit.Book -- sync

using PureDit.Book;
using PureDit.TestSupport;

namespace PureDit.Architecture.Tests;

public sealed class DocsTests
{
    [Fact]
    public void Book_AgreesWithItsSources()
    {
        IReadOnlyList<string> problems = Repository.Check(SharedFiles.RepositoryRoot);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Fact]
    public void Chapters_AreNamedForTheirPages()
    {
        Assert.Equal(Chapters.All.Count, Chapters.All.Select(c => c.Name).Distinct().Count());
        Assert.All(Chapters.All, c => Assert.True(
            File.Exists(Path.Combine(SharedFiles.RepositoryRoot, "docs", c.Name + ".md")), $"no page docs/{c.Name}.md for its chapter"));
    }
}
