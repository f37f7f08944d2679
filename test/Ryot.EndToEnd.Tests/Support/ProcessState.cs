using System.Text.Json;
using Xunit;

namespace Ryot.EndToEnd.Tests.Support;

/// <summary>What a server process holds while it is idle.</summary>
/// <param name="Managed">Bytes of live managed objects, after a collection.</param>
/// <param name="Resident">Bytes of memory that the process has.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Handles">Its open files and sockets.</param>
internal sealed record ProcessState(long Managed, long Resident, int Threads, int Handles)
{
    /// <summary>Asks a server that was started by <see cref="RyotProcess.StartFaultyAsync"/>.</summary>
    public static async Task<ProcessState> ReadAsync(RyotProcess server)
    {
        var json = JsonElement.Parse(await server.Http.GetStringAsync("/test/process", TestContext.Current.CancellationToken));
        return new ProcessState(
            json.GetProperty("managed").GetInt64(),
            json.GetProperty("resident").GetInt64(),
            json.GetProperty("threads").GetInt32(),
            json.GetProperty("handles").GetInt32());
    }

    /// <summary>
    /// Fails when the process holds more from one equal round to the next: what leaks with every request or failure adds up, while the
    /// thread pool and the collector only sway.
    /// </summary>
    public static void AssertNoGrowth(IReadOnlyList<ProcessState> rounds)
    {
        var all = string.Join('\n', rounds);
        var (first, last) = (rounds[0], rounds[^1]);
        Assert.True(last.Managed <= first.Managed * 1.25 + (1 << 20), $"Managed memory grew:\n{all}");
        Assert.True(last.Resident <= first.Resident * 1.25 + (16 << 20), $"Resident memory grew:\n{all}");
        Assert.True(last.Threads <= first.Threads + 6, $"Threads grew:\n{all}");
        Assert.True(last.Handles <= first.Handles + 20, $"Handles grew:\n{all}");
    }
}
