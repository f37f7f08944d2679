using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class ChatTests
{
    private const string Route = "/v1/chat/completions";

    // The simulated template writes <user>Hi\n<assistant>, a token for each byte.
    private const int PromptTokens = 20;

    [Fact]
    public async Task A_whole_answer_has_exactly_the_shape_of_the_OpenAI_API()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "Hello." });
        var answer = await server.PostForJsonAsync(Route, Body());
        Json.AssertMatches(
            $$"""
            {
              "id": "*", "object": "chat.completion", "created": -1, "model": "fake", "system_fingerprint": "*",
              "choices": [
                {
                  "index": 0,
                  "message": { "role": "assistant", "content": "Hello.", "refusal": null },
                  "logprobs": null,
                  "finish_reason": "stop"
                }
              ],
              "usage": { "prompt_tokens": {{PromptTokens}}, "completion_tokens": 7, "total_tokens": 27, "prompt_tokens_details": {"cached_tokens": 0} }
            }
            """,
            answer);
        Assert.StartsWith("chatcmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        var created = DateTimeOffset.FromUnixTimeSeconds(answer.GetProperty("created").GetInt64());
        Assert.InRange(created, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(1));
    }

    [Fact]
    public async Task A_stream_has_exactly_the_shape_of_the_OpenAI_API()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "ab" });
        var chunks = EventStream.Chunks(await server.PostForEventsAsync(Route, Body("""
            "stream":true
            """)));
        string[] choices =
        [
            """{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}""",
            """{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}""",
            """{"index":0,"delta":{"content":"b"},"logprobs":null,"finish_reason":null}""",
            """{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}""",
        ];
        Assert.Equal(choices.Length, chunks.Count);
        for (var i = 0; i < choices.Length; i++)
        {
            Json.AssertMatches(
                $$"""{"id":"*","object":"chat.completion.chunk","created":-1,"model":"fake","system_fingerprint":"*","choices":[{{choices[i]}}]}""",
                chunks[i]);
        }
        Assert.Single(chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task A_stream_tells_usage_at_its_end_and_null_before_when_it_is_asked_to()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "ab" });
        var chunks = EventStream.Chunks(await server.PostForEventsAsync(Route, Body("""
            "stream":true,"stream_options":{"include_usage":true}
            """)));
        Json.AssertMatches(
            $$$"""
            {"id":"*","object":"chat.completion.chunk","created":-1,"model":"fake","system_fingerprint":"*","choices":[],
             "usage":{"prompt_tokens":{{{PromptTokens}}},"completion_tokens":3,"total_tokens":23, "prompt_tokens_details": {"cached_tokens": 0} }}
            """,
            chunks[^1]);
        Assert.All(chunks.Take(chunks.Count - 1), chunk => Assert.Equal("null", chunk.GetProperty("usage").GetRawText()));
    }

    [Fact]
    public async Task Several_choices_have_their_index_and_the_prompt_counts_once()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "xyz" });
        var answer = await server.PostForJsonAsync(Route, Body("\"n\":3"));
        var choices = answer.GetProperty("choices").EnumerateArray().ToList();
        Assert.Equal([0, 1, 2], choices.Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.All(choices, choice => Assert.Equal("xyz", choice.GetProperty("message").GetProperty("content").GetString()));
        Json.AssertMatches($$"""{"prompt_tokens":{{PromptTokens}},"completion_tokens":12,"total_tokens":32, "prompt_tokens_details": {"cached_tokens": 0} }""", answer.GetProperty("usage"));
    }

    [Fact]
    public async Task Several_streamed_choices_are_each_complete()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "xyz" });
        var chunks = EventStream.Chunks(await server.PostForEventsAsync(Route, Body("\"n\":3,\"stream\":true")));
        var choices = chunks.Select(chunk => Assert.Single(chunk.GetProperty("choices").EnumerateArray())).ToLookup(choice => choice.GetProperty("index").GetInt32());
        Assert.Equal([0, 1, 2], choices.Select(choice => choice.Key).Order());
        foreach (var choice in choices)
        {
            Assert.Equal("assistant", choice.First().GetProperty("delta").GetProperty("role").GetString());
            Assert.Equal("xyz", string.Concat(choice.Select(part => part.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : "")));
            Assert.Equal("stop", choice.Last().GetProperty("finish_reason").GetString());
            Assert.Single(choice, part => part.GetProperty("finish_reason").GetString() is not null);
        }
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("max_completion_tokens")]
    public async Task The_token_limit_ends_the_answer_with_reason_length(string parameter)
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.PostForJsonAsync(Route, Body($"\"{parameter}\":9"));
        var choice = answer.GetProperty("choices")[0];
        Assert.Equal("The quick", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(9, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("\"brown\"")]
    [InlineData("[\"never\",\"brown\"]")]
    public async Task A_stop_string_ends_the_answer_and_is_not_in_it(string stop)
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.PostForJsonAsync(Route, Body($"\"stop\":{stop}"));
        var choice = answer.GetProperty("choices")[0];
        Assert.Equal("The quick ", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task A_stop_string_is_never_streamed_not_even_its_beginning()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "to be or not to be, br brow brown fox" });
        var chunks = EventStream.Chunks(await server.PostForEventsAsync(Route, Body("\"stop\":\"brown\",\"stream\":true")));
        var text = string.Concat(chunks.Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
            .Select(delta => delta.TryGetProperty("content", out var content) ? content.GetString() : ""));
        Assert.Equal("to be or not to be, br brow ", text);
    }

    [Fact]
    public async Task Log_probabilities_have_the_shape_of_the_OpenAI_API()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "ab" });
        var answer = await server.PostForJsonAsync(Route, Body("\"logprobs\":true,\"top_logprobs\":2"));
        Json.AssertMatches(
            """
            {
              "content": [
                { "token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": [
                  { "token": "a", "logprob": -0.5, "bytes": [97] }, { "token": "b", "logprob": -1.5, "bytes": [98] } ] },
                { "token": "b", "logprob": -0.5, "bytes": [98], "top_logprobs": [
                  { "token": "b", "logprob": -0.5, "bytes": [98] }, { "token": "c", "logprob": -1.5, "bytes": [99] } ] }
              ],
              "refusal": null
            }
            """,
            answer.GetProperty("choices")[0].GetProperty("logprobs"));
    }

    [Fact]
    public async Task Log_probabilities_do_not_tell_of_text_that_a_stop_string_cut_off()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "one two three" });
        var body = Body("\"logprobs\":true,\"stop\":\"two\"");
        var answer = await server.PostForJsonAsync(Route, body);
        Assert.Equal("one ", Tokens(answer.GetProperty("choices")[0]));

        var chunks = EventStream.Chunks(await server.PostForEventsAsync(Route, Body("\"logprobs\":true,\"stop\":\"two\",\"stream\":true")));
        Assert.Equal("one ", string.Concat(chunks.Select(chunk => Tokens(chunk.GetProperty("choices")[0]))));

        static string Tokens(System.Text.Json.JsonElement choice) => choice.GetProperty("logprobs") is { ValueKind: System.Text.Json.JsonValueKind.Object } logprobs
            ? string.Concat(logprobs.GetProperty("content").EnumerateArray().Select(entry => entry.GetProperty("token").GetString()))
            : "";
    }

    [Fact]
    public async Task Content_may_be_an_array_of_text_parts_and_developers_are_the_system()
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.PostForJsonAsync(Route, """
            {"model":"fake","messages":[
              {"role":"developer","content":[{"type":"text","text":"Be"},{"type":"text","text":"brief"}]},
              {"role":"user","content":"Hi","name":"Ada"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Bye"}]}
            """);
        const string Templated = "<system>Be\nbrief\n<user>Hi\n<assistant>Hello\n<user>Bye\n<assistant>";
        Assert.Equal(Templated.Length, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task Characters_that_span_tokens_arrive_whole(string more)
    {
        const string Text = "Grüße 你好世界 👩‍🚀🎉 done";
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = Text });
        using var response = await server.PostAsync(Route, Body($"\"seed\":1{more}"));
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain('\uFFFD', body);
        var text = more.Length == 0
            ? System.Text.Json.JsonElement.Parse(body).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()
            : string.Concat(EventStream.Chunks(EventStream.Parse(body)).Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
                .Select(delta => delta.TryGetProperty("content", out var content) ? content.GetString() : ""));
        Assert.Equal(Text, text);
    }

    [Fact]
    public async Task Parameters_that_ask_for_nothing_special_are_accepted()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostForJsonAsync(Route, Body("""
            "user":"u","metadata":{"a":"b"},"store":false,"service_tier":"auto","parallel_tool_calls":true,"tools":[],"tool_choice":"none",
            "response_format":{"type":"text"},"modalities":["text"],"audio":null,"reasoning_effort":"low","temperature":0,"top_p":0.5,
            "top_k":40,"min_p":0.05,"repetition_penalty":1.1,"frequency_penalty":-2,"presence_penalty":2,"seed":-1,"logit_bias":{"5":-100},
            "priority":"high","timeout":5.5,"ignore_eos":false,"max_tokens":null,"n":1,"stream":false,"stop":null
            """));
    }

    private static string Body(string more = "") =>
        """{"model":"fake","messages":[{"role":"user","content":"Hi"}]""" + (more.Length == 0 ? "}" : $",{more}}}");
}
