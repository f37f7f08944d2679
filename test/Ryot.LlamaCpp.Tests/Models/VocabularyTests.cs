using System.Text;
using CsCheck;
using Ryot.LlamaCpp.Tests.Support;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Models;

public sealed class VocabularyTests
{
    // SentencePiece writes a space as U+2581, so that one character comes back as a space: it is left out.
    private static readonly Gen<string> _text = Gen.Int[0, 0x10FFFF]
        .Where(value => value is < 0xD800 or > 0xDFFF and not 0x2581)
        .Select(value => new Rune(value).ToString())
        .Array[0, 40]
        .Select(string.Concat);

    private static readonly string[] _pieces =
        ["the", " of", "  ", "\n", "\t", "people", "12", "!", "é", "你好", "😀", "👨‍👩‍👧", "<|im_start|>", "<s>", "\0", "\u200b", "क्षि"];

    private static readonly Gen<string> _words = Gen.Int[0, _pieces.Length - 1]
        .Select(index => _pieces[index])
        .Array[0, 30]
        .Select(string.Concat);

    public static TheoryData<string> Kinds => ["llama", "gpt2"];

    [Theory]
    [InlineData("llama", "a b")]
    [InlineData("gpt2", "a\u2581b")]
    public void Only_SentencePiece_takes_its_sign_for_a_space(string kind, string expected)
    {
        LlamaVocabulary vocabulary = Model(kind).Vocabulary;
        Assert.Equal(expected, vocabulary.Detokenize(vocabulary.Tokenize("a\u2581b", addSpecial: false, parseSpecial: false)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_text_comes_back_from_its_tokens(string kind)
    {
        LlamaVocabulary vocabulary = Model(kind).Vocabulary;
        Gen.OneOf(_text, _words).Sample(
            text =>
            {
                // SentencePiece writes a space as this character, and so cannot tell the two apart.
                string expected = kind == "llama" ? text.Replace('\u2581', ' ') : text;
                int[] tokens = vocabulary.Tokenize(text, addSpecial: false, parseSpecial: false);
                Assert.Equal(expected, vocabulary.Detokenize(tokens));
                Assert.Equal(Encoding.UTF8.GetBytes(expected), tokens.SelectMany(token => vocabulary.GetPiece(token)).ToArray());
            },
            iter: 2000,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Words_become_pieces_and_not_only_bytes(string kind)
    {
        LlamaVocabulary vocabulary = Model(kind).Vocabulary;

        Assert.Single(vocabulary.Tokenize(" the", addSpecial: false, parseSpecial: false));
        Assert.True(vocabulary.Tokenize(" of the and you", addSpecial: false, parseSpecial: false).Length < 8);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Names_of_control_tokens_are_parsed_only_when_asked_for(string kind)
    {
        LlamaVocabulary vocabulary = Model(kind).Vocabulary;

        int token = Assert.Single(vocabulary.Tokenize("<|im_end|>", addSpecial: false, parseSpecial: true));
        Assert.True(vocabulary.IsControl(token));
        Assert.True(vocabulary.IsEndOfGeneration(token));
        Assert.Empty(vocabulary.GetPiece(token));
        Assert.Equal("<|im_end|>"u8.ToArray(), vocabulary.GetPiece(token, special: true));

        int[] plain = vocabulary.Tokenize("<|im_end|>", addSpecial: false, parseSpecial: false);
        Assert.True(plain.Length > 1);
        Assert.DoesNotContain(token, plain);
    }

    [Fact]
    public void A_llama_vocabulary_begins_a_text_with_its_begin_token()
    {
        LlamaVocabulary vocabulary = Llama.Model().Vocabulary;

        Assert.Equal((1, 2, 4), (vocabulary.Bos, vocabulary.Eos, vocabulary.Eot));
        Assert.Equal((true, false), (vocabulary.AddsBos, vocabulary.AddsEos));
        Assert.Equal([1], vocabulary.Tokenize("", addSpecial: true, parseSpecial: true));
        Assert.Empty(vocabulary.Tokenize("", addSpecial: false, parseSpecial: true));
        Assert.Equal(512, vocabulary.Count);
        Assert.True(vocabulary.IsEndOfGeneration(2));
        Assert.False(vocabulary.IsEndOfGeneration(100));
        Assert.False(vocabulary.IsControl(100));
        Assert.Equal("\n"u8.ToArray(), vocabulary.GetPiece(vocabulary.Newline!.Value));
    }

    [Fact]
    public void A_gpt2_vocabulary_adds_nothing()
    {
        LlamaVocabulary vocabulary = Model("gpt2").Vocabulary;

        Assert.Equal((509, 509), (vocabulary.Bos, vocabulary.Eos));
        Assert.False(vocabulary.AddsBos);
        Assert.Empty(vocabulary.Tokenize("", addSpecial: true, parseSpecial: true));
    }

    [Fact]
    public void Too_little_room_gives_the_number_that_is_needed()
    {
        LlamaVocabulary vocabulary = Llama.Model().Vocabulary;
        int[] tokens = vocabulary.Tokenize("the people", addSpecial: true, parseSpecial: false);

        Assert.Equal(-tokens.Length, vocabulary.TryTokenize("the people"u8, [], addSpecial: true, parseSpecial: false));
        Assert.Equal(-tokens.Length, vocabulary.TryTokenize("the people"u8, new int[tokens.Length - 1], addSpecial: true, parseSpecial: false));
        Assert.Equal(tokens.Length, vocabulary.TryTokenize("the people"u8, new int[tokens.Length], addSpecial: true, parseSpecial: false));

        int the = vocabulary.Tokenize(" the", addSpecial: false, parseSpecial: false)[0];
        Assert.Equal(-4, vocabulary.TokenToPiece(the, [], special: false));
        Assert.Equal(-4, vocabulary.TokenToPiece(the, new byte[3], special: false));
        Assert.Equal(4, vocabulary.TokenToPiece(the, new byte[4], special: false));
    }

    [Fact]
    public void Pieces_longer_than_a_small_buffer_are_whole()
    {
        string path = TestModels.NewFile("long.gguf");
        string longPiece = new('q', 3000);
        GgufWriter writer = TestModels.Draft("llama");
        using (LlamaModel original = LlamaModel.Load(TestModels.Llama()))
        {
            List<string> tokens = [.. GgufFile.ReadStrings(original.Header, "tokenizer.ggml.tokens")];
            tokens[^1] = longPiece;
            writer.Remove("tokenizer.ggml.tokens").Add("tokenizer.ggml.tokens", tokens).WriteTo(path);
        }

        using LlamaModel model = LlamaModel.Load(path);
        Assert.Equal(longPiece, Encoding.UTF8.GetString(model.Vocabulary.GetPiece(511)));
        Assert.Equal(longPiece + longPiece, model.Vocabulary.Detokenize([511, 511]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(512)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void A_token_that_does_not_exist_is_refused(int token)
    {
        LlamaVocabulary vocabulary = Llama.Model().Vocabulary;

        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary.GetPiece(token));
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary.Detokenize([token]));
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary.IsControl(token));
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary.IsEndOfGeneration(token));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bytes_that_are_no_text_are_refused(string kind)
    {
        LlamaVocabulary vocabulary = Model(kind).Vocabulary;
        Gen.Byte.Array[0, 12].Sample(
            bytes =>
            {
                if (System.Text.Unicode.Utf8.IsValid(bytes)) Assert.NotNull(vocabulary.Tokenize(bytes, addSpecial: true, parseSpecial: true));
                else Assert.Throws<ArgumentException>(() => vocabulary.Tokenize(bytes, addSpecial: true, parseSpecial: true));
            },
            iter: 1000,
            threads: 1);
    }

    [Fact]
    public void Lone_surrogates_become_replacement_characters() =>
        Assert.Equal("a\uFFFDb", Llama.Model().Vocabulary.Detokenize(Llama.Model().Vocabulary.Tokenize("a\uD83Db", false, false)));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_very_long_text_is_tokenized(string kind)
    {
        LlamaVocabulary vocabulary = Model(kind).Vocabulary;
        string text = string.Concat(Enumerable.Repeat("the people of the world 12 ", 20_000)) + new string(' ', 1000);

        Assert.Equal(text, vocabulary.Detokenize(vocabulary.Tokenize(text, addSpecial: false, parseSpecial: true)));
    }

    [Fact]
    public async Task Many_threads_tokenize_at_once()
    {
        LlamaVocabulary vocabulary = Llama.Model().Vocabulary;
        int[] expected = vocabulary.Tokenize("the people of the world 你好", addSpecial: true, parseSpecial: true);

        await Parallel.ForAsync(0, 200, (_, _) =>
        {
            Assert.Equal(expected, vocabulary.Tokenize("the people of the world 你好", addSpecial: true, parseSpecial: true));
            Assert.Equal("the people of the world 你好", vocabulary.Detokenize(expected));
            return ValueTask.CompletedTask;
        });
    }

    private static LlamaModel Model(string kind) => Llama.Model(kind == "llama" ? TestModels.Llama() : TestModels.Gpt2());
}
