using Ryot.LlamaCpp.Tests.Support;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Sampling;

public sealed class GrammarTests
{
    private const string YesOrNumber = """
        root ::= "yes" | number
        number ::= [1-9] [0-9] [0-9]
        """;

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Only_text_of_the_grammar_is_generated(string kind)
    {
        LlamaModel model = Llama.Model(kind == "llama" ? TestModels.Llama() : TestModels.Gpt2());
        for (uint seed = 0; seed < 20; seed++)
        {
            using LlamaSampler sampler = Llama.Chain(model).Grammar(YesOrNumber).Temperature(2).Random(seed);
            Assert.True(sampler.HasGrammar);
            string text = "";
            using LlamaContext context = Llama.Context(model);
            int index = Llama.Decode(context, [1, 2, 3]);
            for (int position = 3; ; position++)
            {
                int token = sampler.Sample(context, index);
                if (model.Vocabulary.IsEndOfGeneration(token)) break;
                text += model.Vocabulary.Detokenize([token]);
                index = Llama.Decode(context, [token], position: position);
            }

            Assert.Matches("^(yes|[1-9][0-9][0-9])$", text);
        }
    }

    [Fact]
    public void Accepting_what_the_grammar_forbids_is_refused_and_changes_nothing()
    {
        using LlamaSampler sampler = Llama.Chain().Grammar(YesOrNumber).Greedy();
        int y = Token("y"), e = Token("e"), s = Token("s"), a = Token("a");

        sampler.Accept(y);
        Assert.Throws<ArgumentException>(() => sampler.Accept(a));
        Assert.Throws<ArgumentException>(() => sampler.Accept(2));
        sampler.AcceptPrompt(a);
        sampler.Accept(e);
        sampler.Accept(s);
        Assert.Throws<ArgumentException>(() => sampler.Accept(s));
        sampler.Accept(2);
    }

    [Fact]
    public void A_clone_stands_at_the_same_place_of_the_grammar_and_a_reset_at_the_begin()
    {
        using LlamaSampler sampler = Llama.Chain().Grammar(YesOrNumber).Greedy();
        sampler.Accept(Token("y"));
        using LlamaSampler clone = sampler.Clone();

        Assert.Throws<ArgumentException>(() => clone.Accept(Token("y")));
        clone.Accept(Token("e"));
        sampler.Reset();
        sampler.Accept(Token("y"));
    }

    [Fact]
    public void When_bias_excludes_what_the_grammar_wants_there_is_nothing_to_choose()
    {
        using LlamaSampler sampler = Llama.Chain()
            .LogitBias([.. Enumerable.Range(0, 512).Where(token => token != 100).Select(token => new KeyValuePair<int, float>(token, float.NegativeInfinity))])
            .Grammar("""root ::= "yes" """)
            .Random(1);

        Assert.Throws<InvalidOperationException>(() => sampler.Sample(new float[512]));
    }

    [Theory]
    [InlineData("root ::= unknown")]
    [InlineData("root = \"a\"")]
    [InlineData("other ::= \"a\"")]
    [InlineData("root ::= [a-")]
    [InlineData("root ::= root \"a\"")]
    [InlineData("root ::= (((((\"a\"")]
    [InlineData("\u0001\u0002")]
    public void A_grammar_with_an_error_is_refused(string grammar)
    {
        using LlamaSamplerBuilder chain = Llama.Chain();

        Assert.Throws<ArgumentException>(() => chain.Grammar(grammar));
    }

    [Fact]
    public void A_chain_has_one_grammar()
    {
        using LlamaSamplerBuilder chain = Llama.Chain().Grammar(YesOrNumber);

        Assert.Throws<InvalidOperationException>(() => chain.Grammar(YesOrNumber));
    }

    private static int Token(string text) => Assert.Single(Llama.Model().Vocabulary.Tokenize(text, addSpecial: false, parseSpecial: false));
}
