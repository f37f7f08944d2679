using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ryot.EndToEnd.Tests.Support;

/// <summary>
/// Starts processes that end with the test host, also when that is killed: the kernel ends them when the thread that started them is
/// gone. So one thread starts all of them and lives as long as the host does.
/// </summary>
internal static class ProcessStarter
{
    private static readonly BlockingCollection<Action> _work = [];
    private static readonly Thread _thread = StartThread();

    /// <summary>How to start a program so that it ends with the test host.</summary>
    public static ProcessStartInfo Describe(string program, params IEnumerable<string> arguments) =>
        new("setpriv", ["--pdeathsig", "KILL", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };

    /// <summary>Starts a process.</summary>
    public static Task StartAsync(Process process)
    {
        Debug.Assert(_thread.IsAlive, "The thread lives as long as the host.");
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                process.Start();
                started.SetResult();
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task;
    }

    private static Thread StartThread()
    {
        var thread = new Thread(() =>
        {
            foreach (var work in _work.GetConsumingEnumerable())
                work();
        })
        { IsBackground = true, Name = "Process starter" };
        thread.Start();
        return thread;
    }
}
