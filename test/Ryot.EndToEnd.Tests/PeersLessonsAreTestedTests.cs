using System.Text.RegularExpressions;
using Ryot.Testing;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>Each report about other inference servers that Ryot takes as a lesson has a test that names it in its summary.</summary>
public sealed class PeersLessonsAreTestedTests
{
    /// <summary>The reports, by what they are about.</summary>
    public static TheoryData<string, string> Reports { get; } = new(
        new[]
        {
            ("wrong values", "vllm#43736 vllm#25780 vllm#55634 vllm#31503 vllm#5250 vllm#9346 tensorrtllm_backend#582 TensorRT-LLM#13949 LMCache#1260 litellm#25598"),
            ("stale gauges", "vllm#29928 vllm#22545 sglang#4244 sglang#26608 dynamo#10804"),
            ("scrapes with effects", "llama.cpp#27436 llama.cpp#25128 llama.cpp#19346 llama.cpp#20227"),
            ("series", "LMCache#4216"),
            ("labels", "litellm#12159 vllm#58077 gateway-api-inference-extension#354"),
            ("buckets", "vllm#15167 dynamo#14839 vllm#48175 vllm#34370"),
            ("health", "vllm#39863"),
        }.SelectMany(subject => subject.Item2.Split(' ').Select(report => (subject.Item1, report))));

    private static readonly Lazy<string> _sources = new(() => string.Join('\n', Directory
        .EnumerateFiles(RepositoryFiles.Path("test"), "*Tests.cs", SearchOption.AllDirectories)
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Contains("obj"))
        .Select(path => File.ReadAllText(path).ReplaceLineEndings("\n"))));

    [Theory]
    [MemberData(nameof(Reports))]
    public void A_report_has_a_test_that_names_it(string subject, string report)
    {
        // A line of a summary, what is left of the summary, attributes, and a test.
        var named = $@"^ */// [^\n]*{Regex.Escape(report)}(?!\d)[^\n]*\n(?: *///[^\n]*\n)*(?: *\[[^\n]*\n)+ *public (?:async Task|void) ";
        Assert.True(
            Regex.IsMatch(_sources.Value, named, RegexOptions.Multiline, TimeSpan.FromSeconds(10)),
            $"No test names {report} ({subject}) in its summary.");
    }
}
