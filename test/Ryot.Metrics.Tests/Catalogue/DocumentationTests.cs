using Ryot.Testing;

namespace Ryot.Metrics.Tests;

public sealed class DocumentationTests
{
    [Fact]
    public async Task The_page_about_the_metrics_is_what_the_catalogue_says()
    {
        var path = RepositoryFiles.Path("docs", "metrics.md");
        var page = CatalogueDocument.Write();
        if (Environment.GetEnvironmentVariable("RYOT_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, page, TestContext.Current.CancellationToken);
        }

        Assert.True(File.Exists(path), "docs/metrics.md is missing; run this test with RYOT_UPDATE=1 in the environment.");
        var written = (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");
        Assert.True(page == written, "docs/metrics.md is out of date; run this test with RYOT_UPDATE=1 in the environment.");
    }
}
