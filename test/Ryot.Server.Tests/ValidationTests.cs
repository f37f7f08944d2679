using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>Bad bodies are answered 400 with the name of the parameter that is wrong.</summary>
public sealed class ValidationTests(ValidationTests.Shared shared) : IClassFixture<ValidationTests.Shared>
{
    private const string Chat = "/v1/chat/completions";
    private const string Completions = "/v1/completions";

    [Theory]
    [InlineData("\"temperature\":-0.1", "temperature")]
    [InlineData("\"temperature\":2.01", "temperature")]
    [InlineData("\"temperature\":\"hot\"", "temperature")]
    [InlineData("\"temperature\":1e400", "temperature")]
    [InlineData("\"top_p\":0", "top_p")]
    [InlineData("\"top_p\":1.5", "top_p")]
    [InlineData("\"top_k\":-1", "top_k")]
    [InlineData("\"top_k\":1.5", "top_k")]
    [InlineData("\"top_k\":99999999999999999999", "top_k")]
    [InlineData("\"min_p\":-0.5", "min_p")]
    [InlineData("\"repeat_penalty\":0", "repeat_penalty")]
    [InlineData("\"repetition_penalty\":-1", "repetition_penalty")]
    [InlineData("\"repetition_penalty\":1.1,\"repeat_penalty\":1.2", "repetition_penalty")]
    [InlineData("\"frequency_penalty\":2.5", "frequency_penalty")]
    [InlineData("\"presence_penalty\":-2.5", "presence_penalty")]
    [InlineData("\"seed\":1.5", "seed")]
    [InlineData("\"stop\":\"\"", "stop")]
    [InlineData("\"stop\":[\"a\",\"\"]", "stop[1]")]
    [InlineData("\"stop\":[1]", "stop[0]")]
    [InlineData("\"stop\":{}", "stop")]
    [InlineData("\"stop\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]", "stop")]
    [InlineData("\"logit_bias\":[]", "logit_bias")]
    [InlineData("\"logit_bias\":{\"x\":1}", "logit_bias")]
    [InlineData("\"logit_bias\":{\"-1\":1}", "logit_bias")]
    [InlineData("\"logit_bias\":{\"5\":101}", "logit_bias.5")]
    [InlineData("\"logit_bias\":{\"257\":1}", "logit_bias")]
    [InlineData("\"max_tokens\":0", "max_tokens")]
    [InlineData("\"max_tokens\":-5", "max_tokens")]
    [InlineData("\"max_tokens\":true", "max_tokens")]
    [InlineData("\"n\":0", "n")]
    [InlineData("\"n\":129", "n")]
    [InlineData("\"ignore_eos\":1", "ignore_eos")]
    [InlineData("\"priority\":\"urgent\"", "priority")]
    [InlineData("\"priority\":1", "priority")]
    [InlineData("\"timeout\":0", "timeout")]
    [InlineData("\"timeout\":-1", "timeout")]
    [InlineData("\"stream\":\"yes\"", "stream")]
    [InlineData("\"stream_options\":{\"include_usage\":true}", "stream_options")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":1}", "stream_options.include_usage")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include\":1}", "include")]
    [InlineData("\"no_such_thing\":1", "no_such_thing")]
    public async Task Parameters_of_all_OpenAI_routes(string parameter, string param)
    {
        await AssertRefusedAsync(Chat, ChatBody(parameter), param);
        await AssertRefusedAsync(Completions, CompletionBody(parameter), param);
    }

    [Theory]
    [InlineData("\"max_completion_tokens\":0", "max_completion_tokens")]
    [InlineData("\"logprobs\":1", "logprobs")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":21", "top_logprobs")]
    [InlineData("\"top_logprobs\":2", "top_logprobs")]
    [InlineData("\"tools\":[{\"type\":\"function\"}]", "tools")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("\"functions\":[{}]", "functions")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{}}", "response_format")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"audio\":{\"voice\":\"x\"}", "audio")]
    public async Task Parameters_of_chat(string parameter, string param) => await AssertRefusedAsync(Chat, ChatBody(parameter), param);

    [Theory]
    [InlineData("{\"model\":\"fake\"}", "messages")]
    [InlineData("{\"model\":\"fake\",\"messages\":null}", "messages")]
    [InlineData("{\"model\":\"fake\",\"messages\":\"Hi\"}", "messages")]
    [InlineData("{\"model\":\"fake\",\"messages\":[]}", "messages")]
    [InlineData("{\"model\":\"fake\",\"messages\":[5]}", "messages[0]")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"content\":\"Hi\"}]}", "messages[0].role")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"role\":\"user\"}]}", "messages[0].content")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"role\":\"user\",\"content\":null}]}", "messages[0].content")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"role\":\"user\",\"content\":5}]}", "messages[0].content")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"role\":\"king\",\"content\":\"Hi\"}]}", "messages[0].role")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"role\":\"tool\",\"content\":\"Hi\"}]}", "messages[0].role")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{}}]}]}", "messages[0].content[0].type")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]}", "messages[0].content[0].text")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}", "messages[0].content")]
    [InlineData("{\"model\":\"fake\",\"messages\":[{\"role\":\"assistant\",\"content\":\"x\",\"tool_calls\":[{}]}]}", "tool_calls")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", "model")]
    [InlineData("{\"model\":5,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", "model")]
    public async Task Conversations(string body, string param) => await AssertRefusedAsync(Chat, body, param);

    [Theory]
    [InlineData("{\"model\":\"fake\"}", "prompt")]
    [InlineData("{\"model\":\"fake\",\"prompt\":{}}", "prompt")]
    [InlineData("{\"model\":\"fake\",\"prompt\":\"\"}", "prompt")]
    [InlineData("{\"model\":\"fake\",\"prompt\":[]}", "prompt")]
    [InlineData("{\"model\":\"fake\",\"prompt\":[[]]}", "prompt")]
    [InlineData("{\"model\":\"fake\",\"prompt\":[\"a\",5]}", "prompt[1]")]
    [InlineData("{\"model\":\"fake\",\"prompt\":[5,\"a\"]}", "prompt")]
    [InlineData("{\"model\":\"fake\",\"prompt\":[-1]}", "prompt")]
    [InlineData("{\"model\":\"fake\",\"prompt\":[257]}", "prompt")]
    [InlineData("{\"model\":\"fake\",\"prompt\":[[1],[300]]}", "prompt[1]")]
    [InlineData("{\"model\":\"fake\",\"prompt\":\"a\",\"echo\":true}", "echo")]
    [InlineData("{\"model\":\"fake\",\"prompt\":\"a\",\"suffix\":\"b\"}", "suffix")]
    [InlineData("{\"model\":\"fake\",\"prompt\":\"a\",\"best_of\":2}", "best_of")]
    [InlineData("{\"model\":\"fake\",\"prompt\":\"a\",\"logprobs\":21}", "logprobs")]
    [InlineData("{\"model\":\"fake\",\"prompt\":[\"a\",\"b\",\"c\"],\"n\":128}", "n")]
    public async Task Prompts_of_completions(string body, string param) => await AssertRefusedAsync(Completions, body, param);

    [Theory]
    [InlineData("generate", "{\"model\":\"fake\"}", "prompt")]
    [InlineData("generate", "{\"model\":\"fake\",\"prompt\":[\"a\"]}", "prompt")]
    [InlineData("generate", "{\"model\":\"fake\",\"prompt\":\"a\",\"n\":2}", "n")]
    [InlineData("stream", "{\"model\":\"fake\",\"prompt\":\"a\",\"stream\":false}", "stream")]
    [InlineData("batch", "{\"model\":\"fake\",\"prompts\":\"a\"}", "prompts")]
    [InlineData("batch", "{\"model\":\"fake\",\"prompts\":[]}", "prompts")]
    [InlineData("batch", "{\"model\":\"fake\",\"prompts\":[{}]}", "prompts[0]")]
    [InlineData("batch", "{\"model\":\"fake\",\"prompts\":[\"a\"],\"max_tokens\":0}", "max_tokens")]
    public async Task Ryots_own_routes(string route, string body, string param) => await AssertRefusedAsync("/v1/inference/" + route, body, param);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"model\":\"fake\",}")]
    [InlineData("{\"model\":\"fake\"} trailing")]
    [InlineData("{\"\\ud800\":1}")]
    public async Task What_is_no_JSON_object(string body)
    {
        foreach (var route in (string[])[Chat, Completions, "/v1/inference/generate", "/v1/inference/stream", "/v1/inference/batch"])
            await AssertRefusedAsync(route, body, null);
    }

    [Theory]
    [InlineData("\"tool_choice\":\"\\ud83d\"")]
    [InlineData("\"modalities\":[\"\\ud83d\"]")]
    [InlineData("\"modalities\":[1]")]
    [InlineData("\"response_format\":{\"\\ud83d\":1}")]
    [InlineData("\"response_format\":{\"type\":\"\\ud83d\"}")]
    [InlineData("\"response_format\":{\"\\ud83d\":1,\"type\":\"text\",\"\\udc00\":1}", true)]
    [InlineData("\"logit_bias\":{\"\\ud800\":1}")]
    [InlineData("\"logit_bias\":{\"5\":1,\"\\ud800\":1}")]
    [InlineData("\"stream\":true,\"stream_options\":{\"\\ud800\":1}")]
    [InlineData("\"priority\":\"\\ud800\"")]
    public async Task Half_surrogate_pairs_anywhere(string parameter, bool mayPass = false)
    {
        using var response = await shared.Server.PostAsync(Chat, ChatBody(parameter));
        Assert.True((int)response.StatusCode == 400 || (mayPass && response.IsSuccessStatusCode), $"{(int)response.StatusCode}");
    }

    [Fact]
    public async Task Nesting_deeper_than_64_levels()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 100_000));
        await AssertRefusedAsync(Chat, $$"""{"model":"fake","messages":{{deep}}""", null);
        var closed = string.Concat(Enumerable.Repeat("[", 70)) + string.Concat(Enumerable.Repeat("]", 70));
        await AssertRefusedAsync(Chat, $$"""{"model":"fake","messages":{{closed}}}""", null);
    }

    [Fact]
    public async Task A_prompt_longer_than_the_context_names_the_limit()
    {
        var error = await shared.Server.PostForErrorAsync(Completions, $$"""{"model":"fake","prompt":"{{new string('x', 4096)}}"}""", 400);
        Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
        Assert.Equal("prompt", error.GetProperty("param").GetString());
        Assert.Contains("4096", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelled_parameter_is_told_its_right_name()
    {
        var error = await shared.Server.PostForErrorAsync(Chat, ChatBody("\"temprature\":1"), 400);
        Assert.Contains("'temperature'", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static string ChatBody(string parameter) => $$"""{"model":"fake","messages":[{"role":"user","content":"Hi"}],{{parameter}}}""";

    private static string CompletionBody(string parameter) => $$"""{"model":"fake","prompt":"Hi",{{parameter}}}""";

    private async Task AssertRefusedAsync(string route, string body, string? param)
    {
        var error = await shared.Server.PostForErrorAsync(route, body, 400);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.EndsWith(param ?? "", error.GetProperty("param").GetString() ?? "", StringComparison.Ordinal);
        Assert.Equal(param is null, error.GetProperty("param").GetString() is null);
    }

    public sealed class Shared : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync();

        public async ValueTask DisposeAsync() => await Server.DisposeAsync();
    }
}
