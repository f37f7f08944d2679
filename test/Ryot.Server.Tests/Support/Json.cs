using System.Text.Json;
using Xunit;

namespace Ryot.Server.Tests.Support;

/// <summary>Compares JSON exactly: properties, their order and kinds.</summary>
internal static class Json
{
    /// <summary>
    /// The same text but for white space. In the expected text <c>"*"</c> stands for any text, and <c>-1</c> for any number.
    /// </summary>
    public static void AssertMatches(string expected, JsonElement actual) =>
        AssertMatches(JsonElement.Parse(expected), actual, "$");

    /// <summary>An error in the OpenAI format.</summary>
    public static void AssertIsError(JsonElement error)
    {
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(property => property.Name));
        Assert.False(string.IsNullOrWhiteSpace(error.GetProperty("message").GetString()));
        Assert.False(string.IsNullOrWhiteSpace(error.GetProperty("type").GetString()));
        Assert.DoesNotContain("   at ", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static void AssertMatches(JsonElement expected, JsonElement actual, string path)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.True(actual.ValueKind == JsonValueKind.Object, $"{path} is {actual.GetRawText()}");
                Assert.Equal(expected.EnumerateObject().Select(property => $"{path}.{property.Name}"), actual.EnumerateObject().Select(property => $"{path}.{property.Name}"));
                foreach (var property in expected.EnumerateObject())
                    AssertMatches(property.Value, actual.GetProperty(property.Name), $"{path}.{property.Name}");
                break;
            case JsonValueKind.Array:
                Assert.True(actual.ValueKind == JsonValueKind.Array, $"{path} is {actual.GetRawText()}");
                Assert.True(expected.GetArrayLength() == actual.GetArrayLength(), $"{path} is {actual.GetRawText()}");
                for (var i = 0; i < expected.GetArrayLength(); i++)
                    AssertMatches(expected[i], actual[i], $"{path}[{i}]");
                break;
            case JsonValueKind.String when expected.GetString() == "*":
                Assert.True(actual.ValueKind == JsonValueKind.String && actual.GetString()!.Length > 0, $"{path} is {actual.GetRawText()}");
                break;
            case JsonValueKind.Number when expected.GetRawText() == "-1":
                Assert.True(actual.ValueKind == JsonValueKind.Number, $"{path} is {actual.GetRawText()}");
                break;
            default:
                Assert.True(JsonElement.DeepEquals(expected, actual), $"{path} is {actual.GetRawText()}, not {expected.GetRawText()}");
                break;
        }
    }
}
