namespace PureDit.Book;

/// <summary>What a chapter measures and draws. Each chapter has one, in a file of its own: ChapterNN….cs.</summary>
public interface IChapter
{
    /// <summary>Name on the command line: the chapter's file in docs without its extension, such as 03-attention.</summary>
    string Name { get; }

    /// <summary>Runs the chapter's experiments with fixed seeds and writes its figures, tables and numbers.</summary>
    void Run(BookOutput output);
}

/// <summary>Every chapter that has figures or numbers, in order.</summary>
public static class Chapters
{
    public static IReadOnlyList<IChapter> All { get; } =
    [
        new Chapter01Figures(),
        new Chapter02Figures(),
        new Chapter03Figures(),
        new Chapter04Figures(),
        new Chapter05Figures(),
        new Chapter06Figures(),
        new Chapter07Figures(),
        new Chapter08Figures(),
        new Chapter09Figures(),
        new Chapter10Figures(),
        new Chapter11Figures(),
        new Chapter13Figures(),
        new Chapter14Figures(),
        new LaboratoryResults("laboratory", "lab", Laboratory.LaboratoryList.GaussianProcess),
        new LaboratoryResults("fast-attention", "lab-latent", Laboratory.LaboratoryList.Latent),
        new ConfigurationTable(),
    ];
}
