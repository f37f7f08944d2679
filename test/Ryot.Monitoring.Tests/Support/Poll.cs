using System.Diagnostics;

namespace Ryot.Monitoring.Tests.Support;

/// <summary>Asks again until an answer is as wanted.</summary>
internal static class Poll
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The first answer that is as wanted, or the last one before patience ended.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> wanted, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var answer = await ask();
            if (wanted(answer) || waited.Elapsed > _patience)
                return answer;
            await Task.Delay(_pause, cancellation);
        }
    }
}
