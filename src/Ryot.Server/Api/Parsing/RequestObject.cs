using System.Globalization;
using System.Text.Json;
using Ryot.Server.Api.Errors;
using Ryot.Server.Configuration;

namespace Ryot.Server.Api.Parsing;

/// <summary>
/// Reads a JSON object strictly: what has the wrong type or is out of range is an error that names the parameter. A value of null is
/// the same as none.
/// </summary>
internal readonly struct RequestObject
{
    private readonly JsonElement _object;
    private readonly string _path;

    private RequestObject(JsonElement value, string path)
    {
        _object = value;
        _path = path;
    }

    /// <summary>Wraps a value that must be an object.</summary>
    /// <param name="value">The value.</param>
    /// <param name="path">What it is called; empty for the body.</param>
    /// <exception cref="ApiException">It is no object.</exception>
    public static RequestObject Of(JsonElement value, string path = "") => value.ValueKind == JsonValueKind.Object
        ? new RequestObject(value, path)
        : throw Wrong(path.Length == 0 ? null : path, path.Length == 0 ? "The body" : $"'{path}'", "an object", value);

    /// <summary>Refuses properties that nobody knows.</summary>
    /// <param name="known">Names that are read or may be ignored.</param>
    public void RefuseUnknown(IReadOnlySet<string> known)
    {
        foreach (var property in _object.EnumerateObject())
        {
            var name = ReadName(property);
            if (known.Contains(name))
                continue;
            var nearest = Similarity.Nearest(name, known);
            var shown = Shorten(name);
            var hint = nearest is null ? "" : $" Did you mean '{nearest}'?";
            throw Error(shown, $"There is no parameter '{Path(shown)}'.{hint}", "unknown_parameter");
        }
    }

    /// <summary>The full name of a property, for errors.</summary>
    public string Path(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    /// <summary>An error about a property.</summary>
    public ApiException Error(string name, string message, string? code = null) => new(ApiErrors.Invalid(Path(name), message, code));

    /// <summary>Finds a property that is not null.</summary>
    public bool TryGet(string name, out JsonElement value)
    {
        try
        {
            return _object.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
        }
        catch (InvalidOperationException exception)
        {
            // The search reads the other properties' names too.
            throw NameIsNoText(exception);
        }
    }

    public string? String(string name) => TryGet(name, out var value) ? Text(value, Path(name)) : null;

    public string RequiredString(string name) => String(name) ?? throw Missing(name);

    /// <summary>The error that a property is missing.</summary>
    public ApiException Missing(string name) => Error(name, $"You must provide the parameter '{Path(name)}'.", "missing_parameter");

    public bool? Boolean(string name)
    {
        if (!TryGet(name, out var value))
            return null;
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(Path(name), $"'{Path(name)}'", "true or false", value),
        };
    }

    public double? Number(string name, double min, double max, bool minExcluded = false)
    {
        if (!TryGet(name, out var value))
            return null;
        var number = Number(value, Path(name));
        if (number >= min && number <= max && !(minExcluded && number == min))
            return number;
        var range = (minExcluded, double.IsFinite(max)) switch
        {
            (true, true) => $"greater than {Show(min)} and at most {Show(max)}",
            (true, false) => $"greater than {Show(min)}",
            (false, true) => $"from {Show(min)} to {Show(max)}",
            _ => $"at least {Show(min)}",
        };
        throw Error(name, $"'{Path(name)}' must be {range}, not {Shorten(value)}.", "value_out_of_range");
    }

    public long? Integer(string name, long min, long max)
    {
        if (!TryGet(name, out var value))
            return null;
        return Integer(value, Path(name), min, max);
    }

    /// <summary>One of several texts; the index of it.</summary>
    public int? Choice(string name, params ReadOnlySpan<string> choices)
    {
        if (String(name) is not { } text)
            return null;
        var index = choices.IndexOf(text);
        if (index >= 0)
            return index;
        throw Error(name, $"'{Path(name)}' must be one of {string.Join(", ", choices!)}, not '{Shorten(text)}'.", "invalid_value");
    }

    /// <summary>Reads a text.</summary>
    public static string Text(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw Wrong(path, $"'{path}'", "a string", value);
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new ApiException(ApiErrors.Invalid(path, $"'{path}' has half of a surrogate pair, which is no text."), exception);
        }
    }

    /// <summary>Reads a whole number; <c>1.0</c> and <c>1e2</c> are some.</summary>
    public static long Integer(JsonElement value, string path, long min, long max)
    {
        if (value.ValueKind != JsonValueKind.Number)
            throw Wrong(path, $"'{path}'", "an integer", value);
        if (!value.TryGetInt64(out var number))
        {
            var real = Number(value, path);
            if (Math.Truncate(real) != real)
                throw Wrong(path, $"'{path}'", "an integer", value);
            number = real >= long.MaxValue ? long.MaxValue : real <= long.MinValue ? long.MinValue : (long)real;
        }
        if (number < min || number > max)
        {
            var range = max == long.MaxValue ? $"at least {min}" : $"from {min} to {max}";
            throw new ApiException(ApiErrors.Invalid(path, $"'{path}' must be {range}, not {Shorten(value)}.", "value_out_of_range"));
        }
        return number;
    }

    /// <summary>The error that a value has the wrong type.</summary>
    public static ApiException Wrong(string? path, string what, string wanted, JsonElement value) =>
        new(ApiErrors.Invalid(path, $"{what} must be {wanted}, not {Describe(value)}.", "invalid_type"));

    /// <summary>The name of a property.</summary>
    public static string ReadName(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException exception)
        {
            throw NameIsNoText(exception);
        }
    }

    private static ApiException NameIsNoText(Exception exception) => new(
        ApiErrors.Invalid(null, "The name of a parameter has half of a surrogate pair, which is no text."), exception);

    private static double Number(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Number)
            throw Wrong(path, $"'{path}'", "a number", value);
        return value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new ApiException(ApiErrors.Invalid(path, $"'{path}' is too large a number.", "value_out_of_range"));
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => $"the number {Shorten(value)}",
        JsonValueKind.Null => "null",
        _ => value.ValueKind == JsonValueKind.True ? "true" : "false",
    };

    private static string Show(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Shorten(JsonElement value) => Shorten(value.GetRawText());

    private static string Shorten(string text)
    {
        const int Length = 40;
        if (text.Length <= Length)
            return text;
        return text[..(char.IsHighSurrogate(text[Length - 1]) ? Length - 1 : Length)] + "...";
    }
}
