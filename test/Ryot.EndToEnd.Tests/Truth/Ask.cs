using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>A request that a client makes, and how it reads from the answer what the metrics must count.</summary>
internal sealed record Ask(string Path, byte[] Body)
{
    public Ask(string path, string body)
        : this(path, Encoding.UTF8.GetBytes(body))
    {
    }

    /// <summary>How the request counts once its body was understood.</summary>
    public string Endpoint { get; init; } = "generate";

    public string Mode { get; init; } = "standard";

    public string Priority { get; init; } = "normal";

    /// <summary>Answers to each prompt.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Number of prompts.</summary>
    public int Prompts { get; init; } = 1;

    /// <summary>Prompt and completion tokens where the answer does not tell them, as in a stream without usage.</summary>
    public (int Prompt, int Completion)? KnownTokens { get; init; }

    public string? Key { get; init; }

    /// <summary>Whose request it is, told in header <c>x-tenant</c>; empty is nobody's.</summary>
    public string Tenant { get; init; } = "";

    public string ContentType { get; init; } = "application/json";

    /// <summary>The error that the client expects: the status, and whether the body was understood before it was refused.</summary>
    public (int Status, bool Understood)? Refusal { get; init; }

    /// <summary>The model that it asks for.</summary>
    public string Model { get; init; } = RyotProcess.Model;

    /// <summary>Whether the engine may fail it, since faults are injected.</summary>
    public bool MayFail { get; init; }

    /// <summary>Whether the body is JSON that names the model, so that it counts under it however wrong the rest is.</summary>
    public bool NamesModel { get; init; }

    private string RouteEndpoint => Path switch
    {
        "/v1/inference/stream" => "stream",
        "/v1/inference/batch" => "batch",
        _ => "generate",
    };

    /// <summary>Makes the request and tells how it ended.</summary>
    public async Task<Ending> SendAsync(RyotProcess server)
    {
        var ending = await SendAndReadAsync(server);
        // Only who has a key speaks for a tenant.
        return Refusal is { Status: 401 } ? ending : ending with { Tenant = Tenant };
    }

    private async Task<Ending> SendAndReadAsync(RyotProcess server)
    {
        using var content = new ByteArrayContent(Body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = content };
        if (Key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        if (Tenant.Length > 0)
            request.Headers.Add("x-tenant", Tenant);
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var status = (int)response.StatusCode;
        if (status == 429)
        {
            Assert.NotNull(response.Headers.RetryAfter);
            return Refused("overloaded", "overloaded");
        }
        if (Refusal is { } refusal)
        {
            Assert.True(refusal.Status == status, $"{status}, not {refusal.Status}: {text}");
            Assert.NotEmpty(JsonElement.Parse(text).GetProperty("error").GetProperty("message").GetString()!);
            if (status == 404)
                return Refused("model_error", "model_not_found") with { Model = "unknown" };
            var ending = Refused("invalid_request", "invalid_prompt");
            if (refusal.Understood)
                return ending;
            return ending with { Model = NamesModel ? ending.Model : "unknown", Endpoint = RouteEndpoint };
        }
        if (MayFail && status is 400 or 500 or 503 or 504)
            return ReadFailure(JsonElement.Parse(text));
        Assert.True(status == 200, $"{status}: {text}");
        if (response.Content.Headers.ContentType!.MediaType == "text/event-stream")
            return ReadStream(text);
        var answer = ReadAnswer(JsonElement.Parse(text));
        // Told twice where it is told: in a header, rounded, and with the tokens.
        var header = response.Headers.TryGetValues("x-ryot-cost-usd", out var costs) ? double.Parse(costs.Single(), CultureInfo.InvariantCulture) : (double?)null;
        Assert.Equal(header is null, answer.CostUsd is null);
        Assert.Equal(header ?? 0, answer.CostUsd ?? 0, 1e-12);
        return answer;
    }

    private Ending Refused(string errorType, string cause) => new()
    {
        Model = Model,
        Endpoint = Endpoint,
        Mode = Mode,
        Status = "error",
        ErrorType = errorType,
        Cause = cause,
        Reason = "rejected",
        Priority = Priority,
    };

    private Ending ReadAnswer(JsonElement answer)
    {
        if (answer.TryGetProperty("results", out var results))
            return ReadBatch(answer, results);
        var reasons = answer.TryGetProperty("choices", out var choices)
            ? choices.EnumerateArray().Select(choice => choice.GetProperty("finish_reason").GetString()!).ToList()
            : [answer.GetProperty("finish_reason").GetString()!];
        Assert.Equal(Prompts * Count, reasons.Count);
        return Succeeded(reasons, ReadUsage(answer));
    }

    private Ending ReadBatch(JsonElement answer, JsonElement results)
    {
        var failures = results.EnumerateArray().Where(result => result.TryGetProperty("error", out _)).Select(Failure.Of).ToList();
        if (MayFail && failures.Exists(failure => failure.Reason != "rejected"))
            return ReadFailedBatch(results);
        var good = results.EnumerateArray().Where(result => !result.TryGetProperty("error", out _)).ToList();
        Assert.Equal(Prompts, results.GetArrayLength());
        Assert.Equal(good.Count, answer.GetProperty("succeeded").GetInt32());
        var usage = ReadUsage(answer);
        // The parts add up to the whole.
        Assert.Equal(usage.Prompt, good.Sum(result => ReadUsage(result).Prompt));
        Assert.Equal(usage.Completion, good.Sum(result => ReadUsage(result).Completion));
        Assert.Equal(usage.Cached, good.Sum(result => ReadUsage(result).Cached));
        var ending = Succeeded([.. good.Select(result => result.GetProperty("finish_reason").GetString()!)], usage);
        if (failures.MaxBy(failure => failure.Gravity) is not { } failure)
            return ending;
        return ending with { Status = "partial", ErrorType = failure.ErrorType, Cause = failure.Cause, Reason = failure.Reason };
    }

    private Ending ReadStream(string text)
    {
        var events = EventStream.Parse(text);
        if (MayFail && events[^1].StartsWith("{\"error\"", StringComparison.Ordinal))
            return ReadFailure(JsonElement.Parse(events[^1]));
        if (Path != "/v1/inference/stream")
        {
            Assert.Equal("[DONE]", events[^1]);
            events = [.. events.Take(events.Count - 1)];
        }
        var chunks = events.Select(data => JsonElement.Parse(data)).ToList();
        Assert.DoesNotContain(chunks, chunk => chunk.TryGetProperty("error", out _));
        if (Path == "/v1/inference/stream")
        {
            Assert.Equal("finished", chunks[^1].GetProperty("type").GetString());
            return Succeeded([chunks[^1].GetProperty("finish_reason").GetString()!], ReadUsage(chunks[^1]));
        }
        var reasons = chunks.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray())
            .Select(choice => choice.GetProperty("finish_reason").GetString()).OfType<string>().ToList();
        Assert.Equal(Prompts * Count, reasons.Count);
        return Succeeded(reasons, KnownTokens is { } known ? new Usage(known.Prompt, null, known.Completion, null) : ReadUsage(chunks[^1]));
    }

    private Ending Succeeded(List<string> reasons, Usage usage)
    {
        Assert.InRange(usage.Completion, reasons.Count, int.MaxValue);
        return new Ending
        {
            Model = Model,
            Endpoint = Endpoint,
            Mode = Mode,
            Status = "success",
            Reason = reasons.Contains("length") ? "length" : "stop",
            Priority = Priority,
            Sequences = reasons.Count,
            Admitted = true,
            SequencesWithTokens = reasons.Count,
            HasTwoTokens = usage.Completion > reasons.Count,
            PromptTokens = usage.Prompt,
            CachedTokens = usage.Cached,
            FurtherAnswers = Prompts * (Count - 1),
            CompletionTokens = usage.Completion,
            CostUsd = usage.CostUsd,
        };
    }

    private Ending ReadFailure(JsonElement answer)
    {
        if (answer.TryGetProperty("results", out var results))
            return ReadFailedBatch(results);
        return Failed(Failure.Of(answer), Prompts * Count);
    }

    /// <summary>Each prompt failed or succeeded by itself; the gravest failure counts, of equals the first.</summary>
    private Ending ReadFailedBatch(JsonElement results)
    {
        var parts = results.EnumerateArray().ToList();
        Assert.Equal(Prompts, parts.Count);
        var failures = parts.Where(part => part.TryGetProperty("error", out _)).Select(Failure.Of).ToList();
        var ran = Prompts - failures.Count(failure => failure.Reason == "rejected");
        var ending = Failed(failures.MaxBy(failure => failure.Gravity)!, ran);
        return failures.Count == Prompts ? ending : ending with { Status = "partial" };
    }

    private Ending Failed(Failure failure, int sequences)
    {
        var queued = failure.Reason != "rejected" || sequences < Prompts * Count;
        return new Ending
        {
            Model = Model,
            Endpoint = Endpoint,
            Mode = Mode,
            Status = failure.Status,
            ErrorType = failure.ErrorType,
            Cause = failure.Cause,
            Reason = failure.Reason,
            Priority = Priority,
            Sequences = queued ? sequences : 0,
            Admitted = queued && sequences > 0,
        };
    }

    private static Usage ReadUsage(JsonElement answer)
    {
        var usage = answer.GetProperty("usage");
        var (prompt, completion) = (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(prompt + completion, usage.GetProperty("total_tokens").GetInt32());
        var cached = usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
        Assert.InRange(cached, 0, prompt);
        var cost = usage.TryGetProperty("cost_usd", out var usd) ? usd.GetDouble() : (double?)null;
        return new Usage(prompt, cached, completion, cost);
    }

    /// <summary>What a client is told that its request used; null is what it is not told.</summary>
    private readonly record struct Usage(int Prompt, int? Cached, int Completion, double? CostUsd);
}
