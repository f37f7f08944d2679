using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ryot.Server.Tests.Support;
using Ryot.Testing.Faults;
using Xunit;

namespace Ryot.EndToEnd.Tests.Support;

/// <summary>
/// The built server as a process of its own, on a free port of this machine. It ends in any case: disposing kills it, and the kernel
/// does when the test host is gone.
/// </summary>
internal sealed partial class RyotProcess : IAsyncDisposable
{
    /// <summary>The name that its model has unless a test gives another.</summary>
    public const string Model = "tiny";

    private const int Terminate = 15;

    /// <summary>Generous: the machine may be busy, and nothing is proven by being fast.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RyotProcess(Process process) => _process = process;

    /// <summary>The gauges that are 0 when nothing runs and nobody waits.</summary>
    public static IReadOnlyList<string> LoadGauges { get; } =
    [
        "ryot_active_inference_requests", "ryot_queue_depth", "ryot_requests_running", "ryot_requests_waiting", "ryot_kv_cache_usage_ratio",
    ];

    /// <summary>The model that comes with Ryot, which is served when none is configured.</summary>
    public static string ShippedModel => Path.Combine(Path.GetDirectoryName(Program("src", "Ryot.Server"))!, "models", "ryot-tiny.gguf");

    /// <summary>Talks to it. Disposing an answer before its end closes the connection at once, as if the client had vanished.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { Timeout = _patience };

    /// <summary>Where it listens.</summary>
    public Uri Address => Http.BaseAddress!;

    /// <summary>What it wrote to its output and its error output so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts it with a model and waits until it takes requests.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="arguments">More arguments.</param>
    public static async Task<RyotProcess> StartAsync(string model, params string[] arguments) =>
        await UntilReadyAsync(await LaunchAsync([.. ForModel(model, arguments), .. arguments]));

    /// <summary>Starts it with more variables in its environment, and waits until it takes requests.</summary>
    /// <param name="environment">The variables.</param>
    /// <param name="arguments">All of its arguments; see <see cref="ForModel"/>.</param>
    public static async Task<RyotProcess> StartAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        await UntilReadyAsync(await LaunchAsync(Program("src", "Ryot.Server"), arguments, environment));

    /// <summary>Starts the server whose models go wrong on demand, and waits until it takes requests.</summary>
    /// <param name="arguments">All of its arguments; see <see cref="ForModel"/>.</param>
    public static async Task<RyotProcess> StartFaultyAsync(params string[] arguments) =>
        await UntilReadyAsync(await LaunchAsync(Program("test", "Ryot.FaultyServer"), arguments));

    private static async Task<RyotProcess> UntilReadyAsync(RyotProcess server)
    {
        try
        {
            await server.WaitUntilListeningAsync();
            await server.WaitForAsync(async () =>
            {
                using var response = await server.Http.GetAsync("/health/ready", Cancellation);
                return response.IsSuccessStatusCode;
            }, "it is ready");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The arguments that serve a model on a free port with one thread.</summary>
    public static string[] ForModel(string model, params string[] others)
    {
        var arguments = new List<string> { "--model", model, "--urls", "http://127.0.0.1:0", "--threads", "1" };
        if (!others.Contains("--model-id"))
            arguments.AddRange(["--model-id", Model]);
        return [.. arguments];
    }

    /// <summary>Starts it and waits for nothing.</summary>
    public static Task<RyotProcess> LaunchAsync(params string[] arguments) => LaunchAsync(Program("src", "Ryot.Server"), arguments);

    private static async Task<RyotProcess> LaunchAsync(
        string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = ProcessStarter.Describe("dotnet", [program, .. arguments]);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("RYOT_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var server = new RyotProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        server._process.OutputDataReceived += (_, line) => server.Read(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Read(line.Data);
        server._process.Exited += (_, _) => server._address.TrySetException(new InvalidOperationException("The server ended."));
        await ProcessStarter.StartAsync(server._process);
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Waits until it listens; its model may still be loading.</summary>
    public async Task WaitUntilListeningAsync()
    {
        try
        {
            Http.BaseAddress = await _address.Task.WaitAsync(_patience, Cancellation);
        }
        catch (Exception exception) when (exception is InvalidOperationException or TimeoutException)
        {
            Assert.Fail($"The server does not listen. Its log:\n{Log}");
        }
    }

    /// <summary>Posts JSON.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        string path,
        string json,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead,
        CancellationToken cancellation = default)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        return await Http.SendAsync(request, completion, cancellation == default ? Cancellation : cancellation);
    }

    /// <summary>Posts, and expects an answer in JSON with this status.</summary>
    public async Task<JsonElement> PostForJsonAsync(string path, string json, int status = 200)
    {
        using var response = await PostAsync(path, json);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }

    /// <summary>Posts, and reads the whole stream of events.</summary>
    public async Task<IReadOnlyList<string>> PostForEventsAsync(string path, string json)
    {
        using var response = await PostAsync(path, json);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return EventStream.Parse(text);
    }

    /// <summary>Lets the next forward passes of a model go wrong; for <see cref="StartFaultyAsync"/>.</summary>
    public async Task InjectAsync(string model, params Fault[] faults) =>
        (await PostAsync($"/test/faults/{model}?names={string.Join(',', faults)}", "")).EnsureSuccessStatusCode().Dispose();

    /// <summary>Lets a pass that hangs go on.</summary>
    public async Task EndHangAsync(string model) => (await PostAsync($"/test/end-hang/{model}", "")).EnsureSuccessStatusCode().Dispose();

    /// <summary>Scrapes the metrics.</summary>
    public async Task<MetricsText> ScrapeAsync() => MetricsText.Parse(await Http.GetStringAsync("/metrics", Cancellation));

    /// <summary>Scrapes until the metrics are as wanted, and returns them.</summary>
    public async Task<MetricsText> ScrapeUntilAsync(Func<MetricsText, bool> wanted, string what)
    {
        MetricsText metrics = null!;
        await WaitForAsync(async () => wanted(metrics = await ScrapeAsync()), what);
        return metrics;
    }

    /// <summary>Waits until so many requests are counted and nothing of any is left in the engine, and returns the metrics.</summary>
    public Task<MetricsText> ScrapeIdleAsync(int requests) => ScrapeUntilAsync(
        metrics => metrics.Sum("ryot_inference_requests_total") >= requests && IsIdle(metrics),
        $"{requests} requests are counted and the engine is idle");

    /// <summary>Waits until nothing of any request is left in the engine, and returns the metrics.</summary>
    public Task<MetricsText> ScrapeIdleAsync() => ScrapeUntilAsync(IsIdle, "the engine is idle");

    /// <summary>Tells the process to stop, as a service manager does.</summary>
    public void SignalStop() => Assert.Equal(0, Kill(_process.Id, Terminate));

    /// <summary>Waits for the process to end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(Cancellation).WaitAsync(_patience, Cancellation);
        return _process.ExitCode;
    }

    /// <summary>Repeats a check until it holds; fails when the process ends meanwhile or it takes too long.</summary>
    public async Task WaitForAsync(Func<Task<bool>> check, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!await check())
        {
            if (_process.HasExited)
                Assert.Fail($"The server ended before {what}. Its log:\n{Log}");
            if (waited.Elapsed > _patience)
                Assert.Fail($"Waited in vain until {what}. The server's log:\n{Log}");
            await Task.Delay(_pause, Cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
        Http.Dispose();
    }

    private static bool IsIdle(MetricsText metrics) =>
        LoadGauges.Sum(name => metrics.Sum(name)) == 0;

    /// <summary>The server as it was built in the same configuration as the tests.</summary>
    private static string Program(string folder, string project)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var configuration = output.Parent!;
        var repository = configuration.Parent!.Parent!.Parent!.Parent!;
        var path = Path.Combine(repository.FullName, folder, project, "bin", configuration.Name, output.Name, project + ".dll");
        Assert.True(File.Exists(path), $"The server is not built: there is no {path}.");
        return path;
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex ListeningPattern();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);

    private void Read(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.AppendLine(line);
        if (ListeningPattern().Match(line) is { Success: true } listening)
            _address.TrySetResult(new Uri(listening.Groups[1].Value));
    }
}
