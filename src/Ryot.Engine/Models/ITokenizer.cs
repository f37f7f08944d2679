namespace Ryot.Engine.Models;

/// <summary>A model's vocabulary. Every member is safe on any thread.</summary>
public interface ITokenizer
{
    /// <summary>Number of tokens in the vocabulary.</summary>
    int VocabularySize { get; }

    /// <summary>Whether the model's file has a chat template that can be applied.</summary>
    bool HasChatTemplate { get; }

    /// <summary>Splits text into tokens.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecial">Adds what the model wants around a text, such as a begin-of-sequence token.</param>
    /// <param name="parseSpecial">Reads the spelling of a control token as that token, as chat templates need it.</param>
    /// <exception cref="TokenizationException">The library could not tokenize the text.</exception>
    int[] Tokenize(string text, bool addSpecial, bool parseSpecial);

    /// <summary>The UTF-8 bytes that a token stands for, which may be part of a character; empty for control tokens.</summary>
    /// <param name="token">A token id, 0 to <see cref="VocabularySize"/> - 1.</param>
    ReadOnlySpan<byte> GetPiece(int token);

    /// <summary>Whether the token ends a generation (end of sequence, end of turn).</summary>
    /// <param name="token">A token id.</param>
    bool IsEndOfGeneration(int token);

    /// <summary>Writes a conversation as the text that the model was trained on, up to where the assistant's answer begins.</summary>
    /// <param name="messages">The turns, oldest first.</param>
    /// <exception cref="TokenizationException">The model has no chat template that the library knows.</exception>
    string ApplyChatTemplate(IReadOnlyList<ChatMessage> messages);
}

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c> or whatever else the model's template knows.</param>
/// <param name="Content">What is said.</param>
public readonly record struct ChatMessage(string Role, string Content);

/// <summary>Text could not be turned into tokens.</summary>
/// <param name="message">What was wrong.</param>
public sealed class TokenizationException(string message) : Exception(message);
