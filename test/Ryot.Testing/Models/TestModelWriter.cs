namespace Ryot.Testing.Models;

/// <summary>Makes the metadata and the random weights of one test model.</summary>
internal sealed partial class TestModelWriter(string architecture, TestModelOptions options)
{
    private readonly GgufWriter _writer = new();
    private readonly Random _random = new(options.Seed);
    private readonly TensorEncoding _encoding = options.Encoding ?? TensorEncoding.F32;

    private bool Ternary => _encoding == TensorEncoding.TQ2_0;

    private int Width => options.Width != 0 ? options.Width : Ternary ? 256 : 64;

    private int FeedForward => options.FeedForward != 0 ? options.FeedForward : Ternary ? Width : 3 * Width;

    private int KvHeads => architecture == "gpt2" ? options.Heads : options.KvHeads;

    private int KvWidth => Width / options.Heads * KvHeads;

    public GgufWriter Build()
    {
        AddMetadata();
        int tokens = options.VocabularySize;
        if (architecture == "gpt2") TestVocabulary.AddBytePairs(_writer, tokens);
        else TestVocabulary.AddSentencePiece(_writer, tokens);
        if (options.ChatTemplate is not null) _writer.Add("tokenizer.chat_template", options.ChatTemplate);

        // Ternary weights have room for matrices only; BitNet files keep the embeddings in half precision.
        TensorEncoding embedding = Ternary ? TensorEncoding.F16 : _encoding;
        Matrix("token_embd.weight", Width, tokens, embedding, options.Sharpness);
        if (architecture == "gpt2") Matrix("position_embd.weight", Width, options.ContextLength, TensorEncoding.F32);
        Norm("output_norm");
        if (architecture == "llama") Matrix("output.weight", Width, tokens, embedding, options.Sharpness);
        for (int layer = 0; layer < options.Layers; layer++) AddLayer($"blk.{layer}.", HasState(layer));
        return _writer;
    }

    private void AddMetadata()
    {
        uint fileType = _encoding switch
        {
            TensorEncoding.F32 => 0,
            TensorEncoding.F16 => 1,
            TensorEncoding.Q8_0 => 7,
            _ => 37,
        };
        string epsilon = architecture == "gpt2" ? "layer_norm_epsilon" : "layer_norm_rms_epsilon";
        _writer.Add("general.architecture", architecture)
            .Add("general.name", $"Ryot test model ({architecture})")
            .Add("general.file_type", fileType)
            .Add("general.quantization_version", 2u)
            .Add($"{architecture}.context_length", (uint)options.ContextLength)
            .Add($"{architecture}.embedding_length", (uint)Width)
            .Add($"{architecture}.block_count", (uint)options.Layers)
            .Add($"{architecture}.feed_forward_length", (uint)FeedForward)
            .Add($"{architecture}.attention.{epsilon}", 1e-5f);
        if (architecture == "mamba")
        {
            AddStateMetadata();
            return;
        }

        _writer.Add($"{architecture}.attention.head_count", (uint)options.Heads);
        if (architecture == "jamba")
        {
            AddStateMetadata();
            _writer.Add($"{architecture}.attention.head_count_kv", [.. Enumerable.Range(0, options.Layers).Select(layer => HasState(layer) ? 0 : KvHeads)]);
            return;
        }

        _writer.Add($"{architecture}.attention.head_count_kv", (uint)KvHeads);
        if (architecture == "gemma2") _writer.Add("gemma2.attention.sliding_window", (uint)options.SlidingWindow);
    }

    private void AddLayer(string prefix, bool hasState)
    {
        bool bitnet = architecture == "bitnet";
        bool gpt2 = architecture == "gpt2";
        Norm(prefix + "attn_norm");
        if (bitnet) Norm(prefix + "attn_sub_norm");
        if (hasState)
        {
            AddState(prefix);
            if (architecture == "mamba") return;
        }
        else if (gpt2)
        {
            Matrix(prefix + "attn_qkv.weight", Width, Width + 2 * KvWidth, _encoding);
            Bias(prefix + "attn_qkv.bias", Width + 2 * KvWidth);
        }
        else
        {
            Matrix(prefix + "attn_q.weight", Width, Width, _encoding);
            Matrix(prefix + "attn_k.weight", Width, KvWidth, _encoding);
            Matrix(prefix + "attn_v.weight", Width, KvWidth, _encoding);
        }

        if (!hasState) Matrix(prefix + "attn_output.weight", Width, Width, _encoding);
        if (gpt2) Bias(prefix + "attn_output.bias", Width);

        if (architecture == "gemma2")
        {
            Norm(prefix + "post_attention_norm");
            Norm(prefix + "post_ffw_norm");
        }

        Norm(prefix + "ffn_norm");
        if (bitnet) Norm(prefix + "ffn_sub_norm", FeedForward);
        if (!gpt2) Matrix(prefix + "ffn_gate.weight", Width, FeedForward, _encoding);
        Matrix(prefix + "ffn_up.weight", Width, FeedForward, _encoding);
        if (gpt2) Bias(prefix + "ffn_up.bias", FeedForward);
        Matrix(prefix + "ffn_down.weight", FeedForward, Width, _encoding);
        if (gpt2) Bias(prefix + "ffn_down.bias", Width);
    }

    private void Matrix(string name, int columns, int rows, TensorEncoding encoding, float scale = 1)
    {
        float amplitude = scale * MathF.Sqrt(3f / columns);
        float[] values = Values(columns * rows, amplitude);

        // BitNet's layers know three values only, so that they are the same in every encoding.
        if (architecture == "bitnet" && name.StartsWith("blk.", StringComparison.Ordinal))
        {
            foreach (ref float value in values.AsSpan()) value = MathF.Round(value / amplitude) * amplitude;
        }

        _writer.AddTensor(name, [columns, rows], encoding, values);
    }

    private void Bias(string name, int length) => _writer.AddTensor(name, [length], TensorEncoding.F32, Values(length, 0.02f));

    private void Norm(string name, int length = 0)
    {
        float[] ones = new float[length == 0 ? Width : length];
        Array.Fill(ones, 1);
        _writer.AddTensor(name + ".weight", [ones.Length], TensorEncoding.F32, ones);
        if (architecture == "gpt2") Bias(name + ".bias", ones.Length);
    }

    /// <summary>Even numbers between minus and plus the amplitude.</summary>
    private float[] Values(int count, float amplitude)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (2 * _random.NextSingle() - 1) * amplitude;
        return values;
    }
}
