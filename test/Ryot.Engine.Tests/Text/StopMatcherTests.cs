using System.Text;
using CsCheck;
using Ryot.Engine.Text;
using Xunit;

namespace Ryot.Engine.Tests.Text;

public sealed class StopMatcherTests
{
    private static readonly Gen<string> _ab = Gen.OneOf('a', 'b').Array[1, 5].Select(letters => new string(letters));

    [Fact]
    public void Agrees_with_a_search_over_the_whole_text_wherever_the_pieces_are_cut() =>
        Gen.Select(_ab.Array[1, 3], Gen.OneOf("a", "b", "ab", "ba", "aab", "bbba").Array[1, 12]).Sample((stops, pieces) =>
        {
            var matcher = new StopMatcher(stops);
            var text = "";
            foreach (var piece in pieces)
            {
                text += piece;
                var matched = matcher.Feed(Encoding.UTF8.GetBytes(piece));
                var (end, start) = FirstStop(text, stops);
                Assert.Equal(end >= 0, matched);
                if (matched)
                {
                    Assert.Equal(text.Length - start, matcher.HeldBack);
                    return;
                }
                Assert.Equal(LongestPossibleStart(text, stops), matcher.HeldBack);
            }
        });

    [Fact]
    public void A_stop_string_of_several_bytes_a_character_is_found_across_tokens()
    {
        var matcher = new StopMatcher(["停🛑"]);
        var bytes = Encoding.UTF8.GetBytes("說停🛑x");
        for (var i = 0; i < bytes.Length - 2; i++)
            Assert.False(matcher.Feed(bytes.AsSpan(i, 1)));
        Assert.True(matcher.Feed(bytes.AsSpan(bytes.Length - 2)));
        Assert.Equal(Encoding.UTF8.GetByteCount("停🛑x"), matcher.HeldBack);
    }

    /// <summary>Where the first stop string to end ends, and where the longest of those that end there starts.</summary>
    private static (int End, int Start) FirstStop(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var longest = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).Select(stop => stop.Length).DefaultIfEmpty().Max();
            if (longest > 0)
                return (end, end - longest);
        }
        return (-1, -1);
    }

    private static int LongestPossibleStart(string text, string[] stops) =>
        Enumerable.Range(0, text.Length + 1).Where(length =>
            stops.Any(stop => length < stop.Length && stop.StartsWith(text[^length..], StringComparison.Ordinal))).Max();
}
