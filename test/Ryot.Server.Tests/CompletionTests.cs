using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class CompletionTests
{
    private const string Route = "/v1/completions";

    [Fact]
    public async Task A_whole_answer_has_exactly_the_shape_of_the_OpenAI_API()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "Hello." });
        var answer = await server.PostForJsonAsync(Route, """{"model":"fake","prompt":"Once"}""");
        Json.AssertMatches(
            """
            {
              "id": "*", "object": "text_completion", "created": -1, "model": "fake", "system_fingerprint": "*",
              "choices": [ { "text": "Hello.", "index": 0, "logprobs": null, "finish_reason": "stop" } ],
              "usage": { "prompt_tokens": 4, "completion_tokens": 7, "total_tokens": 11, "prompt_tokens_details": {"cached_tokens": 0} }
            }
            """,
            answer);
        Assert.StartsWith("cmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_has_exactly_the_shape_of_the_OpenAI_API()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "ab" });
        var chunks = EventStream.Chunks(await server.PostForEventsAsync(
            Route, """{"model":"fake","prompt":"Once","stream":true,"stream_options":{"include_usage":true}}"""));
        string[] choices =
        [
            """{"text":"a","index":0,"logprobs":null,"finish_reason":null}""",
            """{"text":"b","index":0,"logprobs":null,"finish_reason":null}""",
            """{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}""",
        ];
        Assert.Equal(choices.Length + 1, chunks.Count);
        for (var i = 0; i < choices.Length; i++)
        {
            Json.AssertMatches(
                $$"""{"id":"*","object":"text_completion","created":-1,"model":"fake","system_fingerprint":"*","choices":[{{choices[i]}}],"usage":null}""",
                chunks[i]);
        }
        Json.AssertMatches(
            """
            {"id":"*","object":"text_completion","created":-1,"model":"fake","system_fingerprint":"*","choices":[],
             "usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7, "prompt_tokens_details": {"cached_tokens": 0} }}
            """,
            chunks[^1]);
    }

    [Fact]
    public async Task Without_a_limit_sixteen_tokens_are_generated_as_the_OpenAI_API_does()
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.PostForJsonAsync(Route, """{"model":"fake","prompt":"Once"}""");
        Assert.Equal("The quick brown ", answer.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("\"ab\"", 2, 1)]
    [InlineData("[\"ab\",\"cde\"]", 5, 2)]
    [InlineData("[98,99,100]", 3, 1)]
    [InlineData("[[98,99],[100],[101,102,103]]", 6, 3)]
    public async Task Every_form_of_prompt_is_taken(string prompt, int promptTokens, int prompts)
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "x" });
        var answer = await server.PostForJsonAsync(Route, $$"""{"model":"fake","prompt":{{prompt}}}""");
        Assert.Equal(prompts, answer.GetProperty("choices").GetArrayLength());
        Json.AssertMatches(
            $$"""{"prompt_tokens":{{promptTokens}},"completion_tokens":{{2 * prompts}},"total_tokens":{{promptTokens + (2 * prompts)}}, "prompt_tokens_details": {"cached_tokens": 0} }""",
            answer.GetProperty("usage"));
    }

    [Fact]
    public async Task Several_prompts_with_several_choices_are_numbered_prompt_by_prompt()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "x" });
        var answer = await server.PostForJsonAsync(Route, """{"model":"fake","prompt":["a","bc"],"n":2,"best_of":2}""");
        Assert.Equal([0, 1, 2, 3], answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Json.AssertMatches("""{"prompt_tokens":3,"completion_tokens":8,"total_tokens":11, "prompt_tokens_details": {"cached_tokens": 0} }""", answer.GetProperty("usage"));
    }

    [Fact]
    public async Task Log_probabilities_have_the_shape_of_the_OpenAI_API()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "aé" });
        var answer = await server.PostForJsonAsync(Route, """{"model":"fake","prompt":"Once","logprobs":2}""");
        Json.AssertMatches(
            """
            {
              "tokens": ["a", "bytes:\\xc3", "bytes:\\xa9"],
              "token_logprobs": [-0.5, -0.5, -0.5],
              "top_logprobs": [{"a":-0.5,"b":-1.5}, {"bytes:\\xc3":-0.5,"bytes:\\xc4":-1.5}, {"bytes:\\xa9":-0.5,"bytes:\\xaa":-1.5}],
              "text_offset": [0, 1, 2]
            }
            """,
            answer.GetProperty("choices")[0].GetProperty("logprobs"));

        var without = await server.PostForJsonAsync(Route, """{"model":"fake","prompt":"Once","logprobs":0}""");
        Assert.Equal("null", without.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("top_logprobs").GetRawText());
    }

    [Fact]
    public async Task Ignore_eos_runs_to_the_limit()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "ab" });
        var answer = await server.PostForJsonAsync(Route, """{"model":"fake","prompt":"Once","ignore_eos":true,"max_tokens":5}""");
        Assert.Equal("ababa", answer.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task An_answer_without_a_single_character_is_a_whole_answer()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "" });
        var answer = await server.PostForJsonAsync(Route, """{"model":"fake","prompt":"Once"}""");
        Assert.Equal("", answer.GetProperty("choices")[0].GetProperty("text").GetString());
        var chunks = EventStream.Chunks(await server.PostForEventsAsync(Route, """{"model":"fake","prompt":"Once","stream":true}"""));
        Assert.Equal("stop", Assert.Single(chunks).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }
}
