using Ryot.Engine.Llama;
using Ryot.Engine.Models;
using Ryot.LlamaCpp;
using Xunit;

namespace Ryot.Engine.Tests.Llama;

public sealed class GpuFitTests
{
    [Theory]
    [InlineData(33, 100, 50, 16)]
    [InlineData(33, 100, 0, 0)]
    [InlineData(33, 100, 99, 29)] // An estimate that is just met by what is free was too low.
    [InlineData(33, 100, 500, 29)]
    [InlineData(1, 100, 500, 0)]
    [InlineData(5, 0, 500, 0)]
    public void Layers_that_may_fit_follow_from_what_is_free_and_are_always_fewer(int layers, long needed, long free, int expected) =>
        Assert.Equal(expected, GpuFit.FewerLayers(layers, needed, free));

    [Theory]
    [InlineData("error loading model: unable to allocate CUDA0 buffer", true)]
    [InlineData("cudaMalloc failed: out of memory", true)]
    [InlineData("vk::Device::allocateMemory: ErrorOutOfDeviceMemory", true)]
    [InlineData("unknown model architecture: 'x'", false)]
    public void Failures_for_want_of_memory_are_told_by_their_words(string message, bool expected) =>
        Assert.Equal(expected, GpuFit.IsOutOfMemory(message));

    [Fact]
    public void The_failure_says_what_is_needed_what_is_free_and_what_would_help()
    {
        var gpus = new[] { Gpu(1L << 30, 8L << 30), Gpu(3L << 30, 8L << 30) };
        var exception = GpuFit.Explain(new ModelOptions { Id = "m", Path = "m.gguf" }, 33, 12L << 30, gpus, new InvalidOperationException("no memory"));
        Assert.Equal(
            "'m.gguf' does not fit on the GPU: 33 of 33 layers need about 12 GiB, and 4 GiB of 16 GiB are free. It may fit with 11 layers (GpuLayers; "
            + "AllowFewerGpuLayers finds them by itself) or with a shorter context (ContextLength). llama.cpp said: no memory",
            exception.Message);
        Assert.Equal(11, exception.FewerLayers);
        Assert.Equal(6, GpuFit.Explain(new ModelOptions { Id = "m", Path = "m.gguf", GpuLayers = 20 }, 33, 12L << 30, gpus, exception).FewerLayers);
    }

    private static LlamaDevice Gpu(long free, long total) => new("CUDA0", "GPU", LlamaDeviceType.Gpu, free, total, null, "CUDA");
}
