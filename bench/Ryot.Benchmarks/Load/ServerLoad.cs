using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Ryot.Benchmarks.Load;

/// <summary>A Ryot server as a process, and clients that stream from it.</summary>
internal sealed class ServerLoad : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;

    private ServerLoad(Process process, Uri address)
    {
        _process = process;
        _client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) };
    }

    /// <summary>Starts the server that was built with the benchmarks.</summary>
    public static async Task<ServerLoad> StartAsync(string model, int cells, int sequences, int threads, params string[] more)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Ryot.Server.dll"), "--urls", "http://127.0.0.1:0", "--model", model, "--model-id", "m",
            "--context-length", $"{cells}", "--parallel", $"{sequences}", "--threads", $"{threads}", .. more,
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        start.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        var process = Process.Start(start)!;
        const string Mark = "Now listening on: ";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var index = line.IndexOf(Mark, StringComparison.Ordinal);
            if (index < 0)
                continue;
            _ = process.StandardOutput.ReadToEndAsync();
            var server = new ServerLoad(process, new Uri(line[(index + Mark.Length)..].Trim()));
            await server.WaitUntilReadyAsync();
            return server;
        }
        throw new InvalidOperationException("The server did not start.");
    }

    /// <summary>Streams one completion for each prompt at once.</summary>
    /// <returns>Generated tokens a second, from the first request's start to the last one's end.</returns>
    public async Task<double> RunAsync(int[][] prompts, int tokens)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(prompts.Select(prompt => StreamAsync(prompt, tokens)));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (counts.Any(count => count != tokens))
            throw new InvalidOperationException($"{tokens} tokens were asked for, but {string.Join(", ", counts)} came.");
        return counts.Sum() / seconds;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Streams one completion, and tells how many seconds its first event took.</summary>
    public async Task<double> TimeToFirstTokenAsync(int[] prompt, int tokens)
    {
        var started = Stopwatch.GetTimestamp();
        double? first = null;
        await StreamAsync(prompt, tokens, () => first ??= Stopwatch.GetElapsedTime(started).TotalSeconds);
        return first ?? throw new InvalidOperationException("No token came.");
    }

    private async Task<int> StreamAsync(int[] prompt, int tokens, Action? onEvent = null)
    {
        var body = new Dictionary<string, object>
        {
            ["model"] = "m",
            ["prompt"] = prompt,
            ["max_tokens"] = tokens,
            ["temperature"] = 0,
            ["ignore_eos"] = true,
            ["stream"] = true,
            ["stream_options"] = new Dictionary<string, bool> { ["include_usage"] = true },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/completions") { Content = JsonContent.Create(body) };
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var usage = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            onEvent?.Invoke();
            // Only the last chunk is parsed: the clients share the machine's cores with the server.
            if (!line.Contains("\"completion_tokens\"", StringComparison.Ordinal))
                continue;
            using var json = JsonDocument.Parse(line.AsMemory("data: ".Length));
            usage = json.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32();
        }
        return usage;
    }

    private async Task WaitUntilReadyAsync()
    {
        while (true)
        {
            using var response = await _client.GetAsync("health/ready");
            if (response.IsSuccessStatusCode)
                return;
            await Task.Delay(50);
        }
    }
}
