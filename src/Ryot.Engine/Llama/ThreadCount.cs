namespace Ryot.Engine.Llama;

/// <summary>
/// How many threads compute. ggml's threads wait for each other by spinning, so a thread that shares its core with the web server
/// makes all of them wait: one core is left free. And where a step takes well under a millisecond the waiting costs more than the
/// second thread brings (docs/decisions/threads.md has the measurements).
/// </summary>
internal static class ThreadCount
{
    private const long SmallModelBytes = 32L << 20;

    public static int Choose(long modelBytes) => Choose(modelBytes, Environment.ProcessorCount);

    public static int Choose(long modelBytes, int processors) => modelBytes < SmallModelBytes ? 1 : Math.Max(1, processors - 1);
}
