using System.Text.Json;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>Random requests of every kind, over all routes. Equal seeds give equal requests.</summary>
/// <param name="seed">The seed.</param>
/// <param name="key">The key that the server wants.</param>
/// <param name="promptTokens">Tokens of the prompts, learnt from an answer to each.</param>
/// <param name="tenants">Whose requests they are.</param>
internal sealed class Traffic(int seed, string key, IReadOnlyDictionary<string, int> promptTokens, IReadOnlyList<string> tenants)
{
    /// <summary>A body that is larger than what the server takes.</summary>
    public const int BodyLimit = 64 * 1024;

    /// <summary>Longer than the context of the test models.</summary>
    private static readonly string _longPrompt = string.Join(' ', Enumerable.Repeat("zzz", 2100));

    private static readonly string[] _paths =
        ["/v1/chat/completions", "/v1/completions", "/v1/inference/generate", "/v1/inference/stream", "/v1/inference/batch"];

    private readonly Random _random = new(seed);

    public static IReadOnlyList<string> Prompts { get; } =
    [
        "One", "Once upon a time there was", "\u00e9t\u00e9 \u4f60\u597d \U0001F600",
        string.Join(' ', Enumerable.Repeat("what is a word", 20)),
        string.Join(' ', Enumerable.Repeat("and then people", 60)), "",
    ];

    /// <summary>The next request.</summary>
    public Ask Next() => NextOfNobody() with { Tenant = tenants[_random.Next(tenants.Count)] };

    private Ask NextOfNobody() => _random.Next(100) switch
    {
        < 12 => Chat(),
        < 24 => StreamedChat(),
        < 36 => Completion(),
        < 46 => StreamedCompletion(),
        < 58 => Generate(),
        < 68 => Stream(),
        < 80 => Batch(),
        _ => Invalid(),
    };

    private Ask Chat()
    {
        var count = _random.Next(1, 4);
        return Build("/v1/chat/completions", new() { ["messages"] = Messages(), ["n"] = count }) with { Count = count };
    }

    private Ask StreamedChat()
    {
        var count = _random.Next(1, 3);
        return Streamed(Build("/v1/chat/completions", new()
        {
            ["messages"] = Messages(),
            ["n"] = count,
            ["stream"] = true,
            ["stream_options"] = new { include_usage = true },
        }) with
        { Count = count });
    }

    private Ask Completion()
    {
        var prompts = Pick(_random.Next(1, 4));
        var count = _random.Next(1, 3);
        var ask = Build("/v1/completions", new() { ["prompt"] = prompts, ["n"] = count }) with { Prompts = prompts.Length, Count = count };
        return prompts.Length > 1 ? ask with { Endpoint = "batch", Mode = "batch" } : ask;
    }

    /// <summary>Half of these ask for no usage; then the client knows the tokens because it set their number.</summary>
    private Ask StreamedCompletion()
    {
        var prompts = Pick(_random.Next(1, 3));
        var maxTokens = _random.Next(1, 20);
        var body = new Dictionary<string, object>
        {
            ["prompt"] = prompts,
            ["stream"] = true,
            ["max_tokens"] = maxTokens,
            ["ignore_eos"] = true,
        };
        var withUsage = _random.Next(2) == 0;
        if (withUsage)
            body["stream_options"] = new { include_usage = true };
        var ask = Streamed(Build("/v1/completions", body)) with { Prompts = prompts.Length };
        return withUsage ? ask : ask with { KnownTokens = (prompts.Sum(prompt => promptTokens[prompt]), maxTokens * prompts.Length) };
    }

    private Ask Generate() => Build("/v1/inference/generate", new() { ["prompt"] = Pick(1)[0] });

    private Ask Stream() => Streamed(Build("/v1/inference/stream", new() { ["prompt"] = Pick(1)[0] }));

    /// <summary>Some of these have prompts that cannot run, and some only such.</summary>
    private Ask Batch()
    {
        List<object> prompts = [.. Pick(_random.Next(1, 6))];
        if (_random.Next(3) == 0)
            prompts.Insert(_random.Next(prompts.Count + 1), _longPrompt);
        if (_random.Next(4) == 0)
            prompts.Insert(_random.Next(prompts.Count + 1), Array.Empty<int>());
        var hopeless = _random.Next(8) == 0;
        if (hopeless)
            prompts = [Array.Empty<int>(), _longPrompt, new[] { 100_000 }];
        var ask = Build("/v1/inference/batch", new() { ["prompts"] = prompts }) with
        {
            Prompts = prompts.Count,
            Endpoint = "batch",
            Mode = "batch",
        };
        return hopeless ? ask with { Refusal = (400, true) } : ask;
    }

    private Ask Invalid()
    {
        var path = _paths[_random.Next(_paths.Length)];
        return _random.Next(12) switch
        {
            0 => Refused(new Ask(path, "{\"model\":\"tiny\",")),
            1 => Refused(new Ask(path, "[1,2,3]")),
            2 => Refused(new Ask(path, "")),
            3 => Refused(new Ask(path, [(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}'])),
            4 => Refused(new Ask(path, $"{{\"model\":{new string('[', 1000)}{new string(']', 1000)}}}")),
            5 => Refused(Build(path, new() { ["prompt"] = "x", ["messages"] = 5, ["prompts"] = "x" })) with { NamesModel = true },
            6 => Refused(Build("/v1/completions", new() { ["prompt"] = "x", ["temperature"] = "hot" })) with { NamesModel = true },
            7 => Refused(new Ask(path, $"{{\"model\":\"{new string('x', BodyLimit)}\"}}"), 413),
            8 => Refused(new Ask(path, "{}") { ContentType = "text/plain" }, 415),
            9 => Refused(Build("/v1/inference/generate", new() { ["prompt"] = "x", ["model"] = $"model-{_random.Next()}" }), 404),
            10 => Build("/v1/inference/generate", new() { ["prompt"] = _longPrompt }) with { Refusal = (400, true) },
            _ => Build("/v1/completions", new() { ["prompt"] = "x" }) with
            {
                Refusal = (401, false),
                Key = _random.Next(2) == 0 ? null : key + "x",
            },
        };
    }

    private Ask Refused(Ask ask, int status = 400) => ask with { Refusal = (status, false), Key = key };

    private static Ask Streamed(Ask ask) => ask with { Endpoint = "stream", Mode = "streaming" };

    private object[] Messages() =>
        [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => new { role = i % 2 == 0 ? "user" : "assistant", content = Pick(1)[0] })];

    private string[] Pick(int count) => [.. Enumerable.Range(0, count).Select(_ => Prompts[_random.Next(Prompts.Count)])];

    private Ask Build(string path, Dictionary<string, object> body)
    {
        var priority = _random.Next(4) switch { 0 => "high", 1 => "low", _ => "normal" };
        body.TryAdd("model", Support.RyotProcess.Model);
        body.TryAdd("max_tokens", _random.Next(10) == 0 ? _random.Next(100, 200) : _random.Next(1, 25));
        body.TryAdd("temperature", _random.Next(3) * 0.5);
        body.TryAdd("seed", _random.Next());
        if (_random.Next(5) == 0)
            body.TryAdd("stop", new[] { "e", "ab" });
        if (priority != "normal" || _random.Next(2) == 0)
            body.TryAdd("priority", priority);
        return new Ask(path, JsonSerializer.Serialize(body)) { Priority = priority, Key = key };
    }
}
