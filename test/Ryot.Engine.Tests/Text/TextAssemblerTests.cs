using System.Text;
using CsCheck;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Engine.Text;
using Xunit;

namespace Ryot.Engine.Tests.Text;

public sealed class TextAssemblerTests
{
    [Fact]
    public void Text_cut_anywhere_comes_out_whole_and_never_in_half_characters() =>
        Gen.Select(Gen.OneOf("a", "é", "停", "🛑", "👩‍👩‍👧", " ", "\n").Array[0, 20], Gen.Int[1, 5]).Sample((characters, width) =>
        {
            var text = string.Concat(characters);
            var pieces = Encoding.UTF8.GetBytes(text).Chunk(width).ToArray();
            var assembler = new TextAssembler(new PieceTokenizer(pieces));
            var result = new StringBuilder();
            for (var token = 0; token < pieces.Length; token++)
            {
                var delta = assembler.Append(new GenerationEvent { Kind = GenerationEventKind.Token, Token = token });
                Assert.DoesNotContain('\uFFFD', delta);
                Assert.False(delta.Length > 0 && char.IsHighSurrogate(delta[^1]));
                result.Append(delta);
            }
            result.Append(assembler.Finish(new GenerationEvent { Kind = GenerationEventKind.SequenceFinished }));
            Assert.Equal(text, result.ToString());
        });

    [Fact]
    public void A_stop_string_is_never_emitted_and_what_only_looked_like_one_is_not_lost() =>
        Gen.Select(Gen.OneOf("a", "b", "ab", "🛑", "ba").Array[1, 12], Gen.OneOf("aba", "bb", "🛑a", "abab")).Sample((parts, stop) =>
        {
            var pieces = parts.Select(Encoding.UTF8.GetBytes).ToArray();
            var assembler = new TextAssembler(new PieceTokenizer(pieces));
            var matcher = new StopMatcher([stop]);
            var result = new StringBuilder();
            var stopped = false;
            for (var token = 0; token < pieces.Length && !stopped; token++)
            {
                stopped = matcher.Feed(pieces[token]);
                result.Append(assembler.Append(new GenerationEvent { Token = token, HeldBackBytes = matcher.HeldBack }));
                Assert.DoesNotContain(stop, result.ToString(), StringComparison.Ordinal);
            }
            result.Append(assembler.Finish(new GenerationEvent { HeldBackBytes = stopped ? matcher.HeldBack : 0 }));

            var whole = string.Concat(parts);
            var cut = whole.IndexOf(stop, StringComparison.Ordinal);
            Assert.Equal(cut < 0 ? whole : whole[..cut], result.ToString());
        });

    [Fact]
    public void Bytes_that_are_no_utf8_become_replacement_characters()
    {
        var assembler = new TextAssembler(new PieceTokenizer([[0x61], [0xFF], [0x62], [0xE5]]));
        var text = "";
        for (var token = 0; token < 4; token++)
            text += assembler.Append(new GenerationEvent { Token = token });
        text += assembler.Finish(default);
        Assert.Equal("a\uFFFDb\uFFFD", text);
    }

    private sealed class PieceTokenizer(byte[][] pieces) : ITokenizer
    {
        public int VocabularySize => pieces.Length;

        public bool HasChatTemplate => false;

        public int[] Tokenize(string text, bool addSpecial, bool parseSpecial) => throw new NotSupportedException();

        public ReadOnlySpan<byte> GetPiece(int token) => pieces[token];

        public bool IsEndOfGeneration(int token) => false;

        public string ApplyChatTemplate(IReadOnlyList<ChatMessage> messages) => throw new NotSupportedException();
    }
}
