using Ryot.Cli.Commands;
using Ryot.Monitoring.Tests.Support;
using Xunit;

namespace Ryot.Monitoring.Tests.Slo;

public sealed class SloCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ryot-slo-").FullName;

    private string Objectives => Path.Combine(_directory, "objectives.yaml");

    private string Output => Path.Combine(_directory, "rules", "slo.yml");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_shipped_rules_are_current()
    {
        string[] arguments =
            ["--objectives", MonitoringFiles.Path("slo", "objectives.yaml"), "--output", MonitoringFiles.Path("prometheus", "rules", "slo.yml")];
        var run = CommandRun.Of(SloCommand.Create(), Environment.GetEnvironmentVariable("RYOT_UPDATE") == "1" ? arguments : [.. arguments, "--check"]);
        Assert.True(run.Code == 0, run.Error);
    }

    [Fact]
    public void It_writes_and_then_finds_that_all_is_current()
    {
        Write(95);
        Assert.Equal(new CommandRun(0, $"{Output}: 1 objectives over 30 days.\n", ""), Run());
        Assert.Equal(new CommandRun(0, "", ""), Run("--check"));
    }

    [Fact]
    public void Check_fails_when_the_objectives_were_changed_and_writes_nothing()
    {
        Write(95);
        Run();
        var before = File.ReadAllText(Output);
        Write(96);
        Assert.Equal(
            new CommandRun(1, "", $"{Output} is not what {Objectives} says. Run: ryot slo --objectives {Objectives} --output {Output}\n"), Run("--check"));
        Assert.Equal(before, File.ReadAllText(Output));
    }

    [Fact]
    public void Check_fails_when_the_rules_are_missing()
    {
        Write(95);
        Assert.Equal(new CommandRun(1, "", $"{Output} is missing. Run: ryot slo --objectives {Objectives} --output {Output}\n"), Run("--check"));
    }

    [Fact]
    public void Wrong_objectives_are_told_and_nothing_is_written()
    {
        Write(100);
        Assert.Equal(
            new CommandRun(
                2,
                "",
                $"{Objectives} cannot be used:\n"
                + "  line 3: objectives.ttft.target: 100 is no target: percent from 50 to less than 100, since at 100 there would be no error budget\n"),
            Run());
        Assert.False(File.Exists(Output));
    }

    [Fact]
    public void A_missing_file_is_told()
        => Assert.Equal(new CommandRun(2, "", $"There is no file {Objectives}.\n"), Run());

    private void Write(int target) => File.WriteAllText(Objectives, $"window: 30d\nobjectives:\n  ttft: {{ target: {target}, requests: ttft }}\n");

    private CommandRun Run(params string[] more) => CommandRun.Of(SloCommand.Create(), ["--objectives", Objectives, "--output", Output, .. more]);
}
