using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>The official OpenAI package for .NET as the client.</summary>
public sealed class OpenAiClientTests(OpenAiClientTests.ServerWithKeys server) : IClassFixture<OpenAiClientTests.ServerWithKeys>
{
    private const string Key = "sk-test-1";

    private static readonly ChatMessage[] _conversation =
    [
        new SystemChatMessage("You are there for people."),
        new UserChatMessage("How long is a day?"),
        new AssistantChatMessage("As long as it is."),
        new UserChatMessage("And a night?"),
    ];

    private RyotProcess Server => server.Process;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chat_is_answered_with_the_tokens_counted()
    {
        ChatCompletion answer = await Client().CompleteChatAsync(_conversation, Endless(12), Cancellation);

        Assert.Equal(ChatMessageRole.Assistant, answer.Role);
        Assert.Equal("tiny", answer.Model);
        Assert.StartsWith("chatcmpl-", answer.Id, StringComparison.Ordinal);
        Assert.NotEmpty(Assert.Single(answer.Content).Text);
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(12, answer.Usage.OutputTokenCount);
        Assert.InRange(answer.Usage.InputTokenCount, 20, 200);
        Assert.Equal(answer.Usage.InputTokenCount + 12, answer.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task A_streamed_chat_has_the_same_text_as_a_whole_one_and_ends_with_the_usage()
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 40, Temperature = 0 };
        ChatCompletion whole = await Client().CompleteChatAsync(_conversation, options, Cancellation);

        var text = new StringBuilder();
        ChatFinishReason? reason = null;
        ChatTokenUsage? usage = null;
        ChatMessageRole? role = null;
        var updates = 0;
        await foreach (var update in Client().CompleteChatStreamingAsync(_conversation, options, Cancellation))
        {
            updates++;
            role ??= update.Role;
            reason ??= update.FinishReason;
            usage ??= update.Usage;
            foreach (var part in update.ContentUpdate)
                text.Append(part.Text);
        }

        Assert.True(updates > 5, $"{updates} updates are no stream.");
        Assert.Equal(ChatMessageRole.Assistant, role);
        Assert.Equal(Assert.Single(whole.Content).Text, text.ToString());
        Assert.Equal(whole.FinishReason, reason);
        Assert.Equal(whole.Usage.OutputTokenCount, usage?.OutputTokenCount);
        Assert.Equal(whole.Usage.InputTokenCount, usage?.InputTokenCount);
        Assert.Equal(whole.Usage.TotalTokenCount, usage?.TotalTokenCount);
    }

    [Fact]
    public async Task A_stop_string_ends_the_text_and_is_not_in_it()
    {
        var (seed, text, stop) = await FindStopStringAsync();
        var options = Sampled(seed);
        options.StopSequences.Add("no such text");
        options.StopSequences.Add(stop);
        var expected = text[..text.IndexOf(stop, StringComparison.Ordinal)];

        ChatCompletion whole = await Client().CompleteChatAsync(_conversation, options, Cancellation);
        Assert.Equal(ChatFinishReason.Stop, whole.FinishReason);
        Assert.Equal(expected, whole.Content.Count == 0 ? "" : whole.Content[0].Text);

        var streamed = new StringBuilder();
        await foreach (var update in Client().CompleteChatStreamingAsync(_conversation, options, Cancellation))
            streamed.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
        Assert.Equal(expected, streamed.ToString());
    }

    [Fact]
    public async Task Log_probabilities_are_told_with_their_alternatives()
    {
        var options = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 10,
            Temperature = 0,
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 4,
        };
        ChatCompletion answer = await Client().CompleteChatAsync(_conversation, options, Cancellation);

        // The token that ends the text is generated, and counted, but is no text.
        var ends = answer.FinishReason == ChatFinishReason.Stop ? 1 : 0;
        Assert.Equal(answer.Usage.OutputTokenCount - ends, answer.ContentTokenLogProbabilities.Count);
        var bytes = new List<byte>();
        foreach (var token in answer.ContentTokenLogProbabilities)
        {
            Assert.InRange(token.LogProbability, -20f, 0f);
            Assert.Equal(4, token.TopLogProbabilities.Count);
            // Without randomness the likeliest token is the chosen one.
            Assert.Equal(token.LogProbability, token.TopLogProbabilities[0].LogProbability);
            Assert.Equal(token.TopLogProbabilities.OrderByDescending(other => other.LogProbability).Select(other => other.LogProbability),
                token.TopLogProbabilities.Select(other => other.LogProbability));
            bytes.AddRange(token.Utf8Bytes!.Value.ToArray());
        }
        Assert.Equal(answer.Content[0].Text, Encoding.UTF8.GetString([.. bytes]));
    }

    [Fact]
    public async Task Several_choices_are_one_request_and_several_sequences()
    {
        var before = await Server.ScrapeIdleAsync();
        // The typed options have no member for n, so the body is written by hand.
        var body = BinaryContent.Create(BinaryData.FromString(
            """
            {"model":"tiny","messages":[{"role":"user","content":"Go"}],"n":3,"max_completion_tokens":9,"ignore_eos":true,"seed":11}
            """));
        var result = await Client().CompleteChatAsync(body, new RequestOptions { CancellationToken = Cancellation });
        var answer = JsonElement.Parse(result.GetRawResponse().Content);

        Assert.Equal([0, 1, 2], answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        var messages = answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("message"));
        Assert.Equal(3, messages.Select(message => message.GetProperty("content").GetString()).Distinct().Count());
        Assert.Equal(27, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        var after = await Server.ScrapeIdleAsync((int)before.Sum("ryot_inference_requests_total") + 1);
        Assert.Equal(1, after.Sum("ryot_inference_requests_total") - before.Sum("ryot_inference_requests_total"));
        Assert.Equal(3, after.Sum("ryot_sequences_total") - before.Sum("ryot_sequences_total"));
    }

    [Fact]
    public async Task An_unknown_model_is_a_404_that_names_it()
    {
        var exception = await Assert.ThrowsAsync<ClientResultException>(
            () => Client("gpt-nothing").CompleteChatAsync(_conversation, cancellationToken: Cancellation));
        Assert.Equal(404, exception.Status);
        Assert.Contains("model_not_found", exception.Message, StringComparison.Ordinal);
        Assert.Contains("The model 'gpt-nothing' does not exist", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_parameter_is_a_400_that_names_it()
    {
        var exception = await Assert.ThrowsAsync<ClientResultException>(
            () => Client().CompleteChatAsync(_conversation, new ChatCompletionOptions { Temperature = 3 }, Cancellation));
        Assert.Equal(400, exception.Status);
        Assert.Contains("Parameter: temperature", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'temperature' must be from 0 to 2, not 3", exception.Message, StringComparison.Ordinal);

        var tool = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("weather") } };
        exception = await Assert.ThrowsAsync<ClientResultException>(() => Client().CompleteChatAsync(_conversation, tool, Cancellation));
        Assert.Equal(400, exception.Status);
        Assert.Contains("Parameter: tools", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_parameter_of_a_stream_is_a_400_too()
    {
        var exception = await Assert.ThrowsAsync<ClientResultException>(async () =>
        {
            var options = new ChatCompletionOptions { TopP = 0 };
            await foreach (var _ in Client().CompleteChatStreamingAsync(_conversation, options, Cancellation))
                Assert.Fail("There is nothing to stream.");
        });
        Assert.Equal(400, exception.Status);
        Assert.Contains("Parameter: top_p", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_a_401()
    {
        var exception = await Assert.ThrowsAsync<ClientResultException>(
            () => Client(key: "sk-wrong").CompleteChatAsync(_conversation, cancellationToken: Cancellation));
        Assert.Equal(401, exception.Status);
        Assert.Contains("invalid_api_key", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_stream_frees_its_sequence()
    {
        var before = await Server.ScrapeIdleAsync();
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            // Several streams at once take long enough that none can be complete by the time that it is cancelled.
            var streams = Enumerable.Range(0, 16).Select(async _ =>
            {
                await foreach (var update in Client().CompleteChatStreamingAsync(_conversation, Endless(1900), cancelled.Token))
                {
                    if (update.ContentUpdate.Count > 0)
                        await cancelled.CancelAsync();
                }
            });
            await Task.WhenAll(streams);
        });
        var after = await Server.ScrapeIdleAsync();
        Assert.True(Cancelled(after) > Cancelled(before));
        Assert.Equal(0, after.Sum("ryot_kv_cache_usage_ratio"));
    }

    [Fact]
    public async Task Models_are_listed()
    {
        var models = new OpenAIClient(new ApiKeyCredential(Key), Options()).GetOpenAIModelClient();
        OpenAIModelCollection list = await models.GetModelsAsync(Cancellation);
        Assert.Equal(["tiny", "other-name"], list.Select(model => model.Id));
        OpenAIModel one = await models.GetModelAsync("other-name", Cancellation);
        Assert.Equal("other-name", one.Id);
        var exception = await Assert.ThrowsAsync<ClientResultException>(() => models.GetModelAsync("nothing", Cancellation));
        Assert.Equal(404, exception.Status);
    }

    [Fact]
    public async Task Completions_which_the_package_has_no_client_for_are_served_all_the_same()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Address, "/v1/completions"))
        {
            Content = new StringContent(
                """{"model":"other-name","prompt":["One","Two words"],"n":2,"max_tokens":5,"ignore_eos":true}""",
                Encoding.UTF8,
                "application/json"),
            Headers = { { "Authorization", $"Bearer {Key}" } },
        };
        using var response = await Server.Http.SendAsync(request, Cancellation);
        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(4, answer.GetProperty("choices").GetArrayLength());
        Assert.Equal(20, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    /// <summary>Without the tokens that end a text it can only end at its limit.</summary>
    private static ChatCompletionOptions Endless(int tokens) => new()
    {
        MaxOutputTokenCount = tokens,
        Temperature = 0,
        LogitBiases = { [2] = -100, [4] = -100 },
    };

    private static ChatCompletionOptions Sampled(int seed)
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 60, Temperature = 1 };
#pragma warning disable OPENAI001 // Seeds are part of the API, only the package calls them experimental.
        options.Seed = seed;
#pragma warning restore OPENAI001
        return options;
    }

    private OpenAIClientOptions Options() => new() { Endpoint = new Uri(Server.Address, "/v1"), RetryPolicy = new ClientRetryPolicy(0) };

    private ChatClient Client(string model = "tiny", string key = Key) =>
        new OpenAIClient(new ApiKeyCredential(key), Options()).GetChatClient(model);

    private static double Cancelled(MetricsText metrics) => metrics.Sum("ryot_requests_finished_total", ("finish_reason", "cancelled"));

    /// <summary>A seed whose text has a piece of plain letters after its beginning: random weights write a lot that is no text.</summary>
    private async Task<(int Seed, string Text, string Stop)> FindStopStringAsync()
    {
        for (var seed = 1; ; seed++)
        {
            ChatCompletion answer = await Client().CompleteChatAsync(_conversation, Sampled(seed), Cancellation);
            var text = answer.Content[0].Text;
            for (var i = 5; i + 3 <= text.Length; i++)
            {
                var piece = text.Substring(i, 3);
                if (piece.All(char.IsAsciiLetterOrDigit) && text.IndexOf(piece, StringComparison.Ordinal) == i)
                    return (seed, text, piece);
            }
            Assert.True(seed < 50, "No text of this model has three letters in a row.");
        }
    }

    public sealed class ServerWithKeys : TinyLlamaServer
    {
        // Without the prefix cache equal requests have equal answers, to the last bit.
        protected override string[] Arguments => ["--api-key", $"sk-test-0,{Key}", "--alias", "other-name", "--no-prefix-cache"];
    }
}
