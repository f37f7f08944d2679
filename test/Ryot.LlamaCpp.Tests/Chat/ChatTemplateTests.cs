using CsCheck;
using Ryot.LlamaCpp.Tests.Support;

namespace Ryot.LlamaCpp.Tests.Chat;

public sealed class ChatTemplateTests
{
    [Fact]
    public void The_models_template_makes_one_text_that_becomes_control_tokens()
    {
        string text = ChatTemplate.Apply(Llama.Model().ChatTemplate, [new("system", "be"), new("user", "你好")], addAssistant: true);

        Assert.Equal("<|im_start|>system\nbe<|im_end|>\n<|im_start|>user\n你好<|im_end|>\n<|im_start|>assistant\n", text);
        Assert.Equal(5, Llama.Model().Vocabulary.Tokenize(text, true, true).Count(token => token is 3 or 4));
    }

    [Fact]
    public void Templates_can_be_named()
    {
        Assert.Contains("chatml", ChatTemplate.BuiltIn);
        Assert.Contains("llama3", ChatTemplate.BuiltIn);
        Assert.Contains("<|start_header_id|>user<|end_header_id|>", ChatTemplate.Apply("llama3", [new("user", "hi")], true), StringComparison.Ordinal);
        Assert.Equal(ChatTemplate.Apply("chatml", [new("user", "hi")], true), ChatTemplate.Apply(null, [new("user", "hi")], true));
    }

    [Fact]
    public void Without_the_assistants_begin_the_text_ends_with_the_last_message() =>
        Assert.EndsWith("<|im_end|>\n", ChatTemplate.Apply("chatml", [new("user", "hi"), new("assistant", "yes")], false), StringComparison.Ordinal);

    [Fact]
    public void A_template_that_llama_cpp_does_not_know_is_refused_with_the_names_of_those_it_does()
    {
        var refused = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Apply("{{ my own }}", [new("user", "hi")], true));

        Assert.Contains("'{{ my own }}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("chatml", refused.Message, StringComparison.Ordinal);
        Assert.False(ChatTemplate.IsSupported("{{ my own }}"));
        Assert.True(ChatTemplate.IsSupported(Llama.Model().ChatTemplate!));
    }

    [Fact]
    public void Any_content_of_any_length_is_in_the_text_as_it_is()
    {
        Gen.Select(Gen.String, Gen.Int[0, 3000]).Sample(
            (content, repeat) =>
            {
                string text = new string('é', repeat) + string.Concat(content.EnumerateRunes());
                string expected = $"<|im_start|>user\n{text.Replace('\0', '\uFFFD')}<|im_end|>\n";
                Assert.Equal(expected, ChatTemplate.Apply("chatml", [new("user", text)], addAssistant: false));
            },
            iter: 500,
            threads: 1);
    }

    [Fact]
    public void Every_built_in_template_takes_a_chat_without_harm()
    {
        foreach (string name in ChatTemplate.BuiltIn)
        {
            string text = ChatTemplate.Apply(name, [new("system", "s1"), new("user", "u1"), new("assistant", "a1"), new("user", "u2")], true);
            Assert.Contains("u2", text, StringComparison.Ordinal);
            Assert.NotNull(ChatTemplate.Apply(name, [], true));
            Assert.NotNull(ChatTemplate.Apply(name, [new("tool", ""), new("", "x")], false));
        }
    }
}
