using System.Security.Cryptography;
using Ryot.Engine.Models;

namespace Ryot.Server.Generation;

/// <summary>What every part of an answer tells about itself.</summary>
internal sealed class AnswerContext
{
    /// <summary>Id of the answer.</summary>
    public required string Id { get; init; }

    /// <summary>When it was begun, in seconds since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>The model that answers.</summary>
    public required string Model { get; init; }

    /// <summary>Names what computes, so that a client sees when the same seed may give another text.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The vocabulary of the model.</summary>
    public required ITokenizer Tokenizer { get; init; }

    /// <summary>What was asked for.</summary>
    public required InferenceRequest Request { get; init; }

    /// <summary>Makes an id that nobody guesses.</summary>
    public static string NewId(string prefix) => prefix + RandomNumberGenerator.GetHexString(24, lowercase: true);
}
