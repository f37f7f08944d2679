using Ryot.Engine.Models;
using Ryot.LlamaCpp;

namespace Ryot.Engine.Llama;

/// <summary>A model's vocabulary, with the bytes of all tokens laid out once, so that looking one up is no native call.</summary>
internal sealed class LlamaTokenizer : ITokenizer
{
    private readonly LlamaVocabulary _vocabulary;
    private readonly string? _template;
    private readonly byte[] _bytes;
    private readonly int[] _offsets;
    private readonly bool[] _ends;

    public LlamaTokenizer(LlamaModel model, string? templateOverride)
    {
        _vocabulary = model.Vocabulary;
        _template = templateOverride ?? model.ChatTemplate;
        HasChatTemplate = _template is not null && ChatTemplate.IsSupported(_template);
        _offsets = new int[_vocabulary.Count + 1];
        _ends = new bool[_vocabulary.Count];
        using var bytes = new MemoryStream();
        for (var token = 0; token < _vocabulary.Count; token++)
        {
            bytes.Write(_vocabulary.GetPiece(token));
            _offsets[token + 1] = (int)bytes.Length;
            _ends[token] = _vocabulary.IsEndOfGeneration(token);
        }
        _bytes = bytes.ToArray();
        EndOfGeneration = [.. Enumerable.Range(0, _ends.Length).Where(token => _ends[token])];
    }

    /// <summary>All tokens that end a generation.</summary>
    public int[] EndOfGeneration { get; }

    public int VocabularySize => _ends.Length;

    public bool HasChatTemplate { get; }

    public int[] Tokenize(string text, bool addSpecial, bool parseSpecial)
    {
        try
        {
            return _vocabulary.Tokenize(text, addSpecial, parseSpecial);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new TokenizationException(exception.Message);
        }
    }

    public ReadOnlySpan<byte> GetPiece(int token) => _bytes.AsSpan(_offsets[token].._offsets[token + 1]);

    public bool IsEndOfGeneration(int token) => _ends[token];

    public string ApplyChatTemplate(IReadOnlyList<Models.ChatMessage> messages)
    {
        if (_template is null)
        {
            throw new TokenizationException(
                "The model's file has no chat template: it is a base model. Use /v1/completions, or configure a chat template.");
        }
        try
        {
            return ChatTemplate.Apply(_template, [.. messages.Select(m => new LlamaCpp.ChatMessage(m.Role, m.Content))], addAssistant: true);
        }
        catch (ChatTemplateException exception)
        {
            throw new TokenizationException(exception.Message);
        }
    }
}
