namespace Ryot.Testing.Models;

/// <summary>Layers that keep a state of each sequence instead of keys and values, as Mamba's do.</summary>
internal sealed partial class TestModelWriter
{
    private const int ConvolutionWidth = 4;
    private const int StateWidth = 16;
    private const int StepRank = 4;

    private int InnerWidth => 2 * Width;

    /// <summary>All layers of mamba, every other one of jamba.</summary>
    private bool HasState(int layer) => architecture == "mamba" || (architecture == "jamba" && layer % 2 == 0);

    private void AddStateMetadata() =>
        _writer.Add($"{architecture}.ssm.conv_kernel", (uint)ConvolutionWidth)
            .Add($"{architecture}.ssm.inner_size", (uint)InnerWidth)
            .Add($"{architecture}.ssm.state_size", (uint)StateWidth)
            .Add($"{architecture}.ssm.time_step_rank", (uint)StepRank);

    private void AddState(string prefix)
    {
        Matrix(prefix + "ssm_in.weight", Width, 2 * InnerWidth, _encoding);
        Matrix(prefix + "ssm_conv1d.weight", ConvolutionWidth, InnerWidth, TensorEncoding.F32);
        Bias(prefix + "ssm_conv1d.bias", InnerWidth);
        Matrix(prefix + "ssm_x.weight", InnerWidth, StepRank + 2 * StateWidth, _encoding);
        Matrix(prefix + "ssm_dt.weight", StepRank, InnerWidth, TensorEncoding.F32);
        Bias(prefix + "ssm_dt.bias", InnerWidth);
        Decay(prefix + "ssm_a");
        Bias(prefix + "ssm_d", InnerWidth);
        Matrix(prefix + "ssm_out.weight", InnerWidth, Width, _encoding);
        if (architecture == "mamba") return;
        Norm(prefix + "ssm_dt_norm", StepRank);
        Norm(prefix + "ssm_b_norm", StateWidth);
        Norm(prefix + "ssm_c_norm", StateWidth);
    }

    /// <summary>States fade: -1, -2, ... for each of a channel's numbers.</summary>
    private void Decay(string name) =>
        _writer.AddTensor(
            name, [StateWidth, InnerWidth], TensorEncoding.F32, [.. Enumerable.Range(0, StateWidth * InnerWidth).Select(i => -1f - (i % StateWidth))]);
}
