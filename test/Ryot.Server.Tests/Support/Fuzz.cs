using System.Text;
using CsCheck;

namespace Ryot.Server.Tests.Support;

/// <summary>Makes bodies that nearly are right, and bodies that are nothing of the kind.</summary>
internal static class Fuzz
{
    private static readonly string[] _routes =
        ["/v1/chat/completions", "/v1/completions", "/v1/inference/generate", "/v1/inference/stream", "/v1/inference/batch"];

    private static readonly string[] _names =
    [
        "model", "prompt", "prompts", "messages", "temperature", "top_p", "top_k", "min_p", "repeat_penalty", "repetition_penalty",
        "frequency_penalty", "presence_penalty", "seed", "stop", "logit_bias", "max_tokens", "max_completion_tokens", "n", "logprobs",
        "top_logprobs", "ignore_eos", "stream", "stream_options", "priority", "timeout", "tools", "tool_choice", "response_format", "modalities",
        "best_of", "echo", "suffix", "user", "metadata", "include_usage", "role", "content", "",
    ];

    private static readonly Gen<string> _number = Gen.OneOf(
        Gen.Int.Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        Gen.Int[-2, 20].Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        Gen.Double.Where(double.IsFinite).Select(value => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)),
        Gen.Const("1e400"), Gen.Const("-1e-400"), Gen.Const("9223372036854775808"), Gen.Const("1.0"), Gen.Const("1e2"), Gen.Const("-0"),
        Gen.Int[1, 400].Select(digits => new string('9', digits)));

    private static readonly Gen<string> _text = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 0, 12].Select(Quote),
        Gen.Char.Array[0, 8].Select(characters => Quote(new string(characters))),
        Gen.Const("\"\\ud83d\""), Gen.Const("\"\\udc00x\""), Gen.Const("\"😀 grüß 你好\""), Gen.Const("\"\\u0000\""), Gen.Const("\"fake\""), Gen.Const("\"user\""),
        Gen.Const("\"text\""), Gen.Int[0, 5000].Select(length => Quote(new string('x', length))));

    private static readonly Gen<string> _scalar = Gen.OneOf(
        _number, _text, Gen.Const("true"), Gen.Const("false"), Gen.Const("null"), Gen.Const("[]"), Gen.Const("{}"),
        Gen.Const("{\"\\ud83d\":1}"), Gen.Const("[{\"type\":\"text\",\"\\udc00\":1}]"));

    private static readonly Gen<Func<byte[], byte[]>> _damage = Gen.Frequency(
        (12, Gen.Const<Func<byte[], byte[]>>(body => body)),
        (1, Gen.Double[0, 1].Select<double, Func<byte[], byte[]>>(part => body => body[..(int)(part * body.Length)])),
        (1, Gen.Select(Gen.Double[0, 0.999], Gen.Byte).Select<(double, byte), Func<byte[], byte[]>>(change => body =>
        {
            if (body.Length > 0)
                body[(int)(change.Item1 * body.Length)] = change.Item2;
            return body;
        })),
        (1, Gen.Select(Gen.Double[0, 1], Gen.Byte.Array[1, 9]).Select<(double, byte[]), Func<byte[], byte[]>>(added => body =>
        {
            var at = (int)(added.Item1 * body.Length);
            return [.. body[..at], .. added.Item2, .. body[at..]];
        })));

    /// <summary>Any JSON value.</summary>
    public static Gen<string> Value { get; } = Gen.Recursive<string>((depth, self) => depth > 3
        ? _scalar
        : Gen.Frequency(
            (6, _scalar),
            (1, self.Array[0, 4].Select(items => $"[{string.Join(',', items)}]")),
            (1, Gen.Select(Gen.OneOf(_names), self).Array[0, 4].Select(Object)),
            (1, Gen.Int[1, 200].Select(levels => new string('[', levels) + new string(']', levels)))));

    /// <summary>A route and a body: a valid one with some of its parameters replaced, removed or added, sometimes damaged as bytes.</summary>
    public static Gen<(string Route, byte[] Body)> Request { get; } =
        from route in Gen.OneOf<string>(_routes)
        from changes in Gen.Select(Gen.OneOf(_names), Value).Array[0, 3]
        from removed in Gen.Frequency((9, Gen.Const(-1)), (1, Gen.Int[0, 4]))
        from damage in _damage
        select (route, damage(Encoding.UTF8.GetBytes(Body(route, changes, removed))));

    private static string Body(string route, (string Name, string Value)[] changes, int removed)
    {
        var properties = new List<(string Name, string Value)>
        {
            ("model", "\"fake\""),
            route switch
            {
                "/v1/chat/completions" => ("messages", """[{"role":"user","content":"Hi"}]"""),
                "/v1/inference/batch" => ("prompts", """["Hi","Ho"]"""),
                _ => ("prompt", "\"Hi\""),
            },
            ("temperature", "0.5"),
            ("max_tokens", "5"),
            ("stop", "[\"lazy\"]"),
        };
        foreach (var change in changes)
        {
            var index = properties.FindIndex(property => property.Name == change.Name);
            if (index >= 0)
                properties[index] = change;
            else
                properties.Add(change);
        }
        if (removed >= 0)
            properties.RemoveAt(removed);
        return Object([.. properties]);
    }

    private static string Object((string Name, string Value)[] properties) =>
        "{" + string.Join(',', properties.Select(property => $"{Quote(property.Name)}:{property.Value}")) + "}";

    private static string Quote(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
