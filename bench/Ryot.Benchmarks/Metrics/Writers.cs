namespace Ryot.Benchmarks.Metrics;

/// <summary>
/// Runs the same work on several threads at once, from a common start. The threads stay between invocations, so that an
/// invocation costs two barriers, which its many operations make negligible.
/// </summary>
internal sealed class Writers : IDisposable
{
    private readonly Barrier _barrier;
    private readonly List<Thread> _helpers = [];
    private Action<int>? _work;
    private volatile bool _stopping;

    internal Writers(int threads)
    {
        _barrier = new Barrier(threads);
        for (var number = 1; number < threads; number++)
        {
            var helper = new Thread(Help) { IsBackground = true };
            helper.Start(number);
            _helpers.Add(helper);
        }
    }

    /// <summary>Has every thread do the work, which is told the thread's number.</summary>
    internal void Run(Action<int> work)
    {
        _work = work;
        _barrier.SignalAndWait();
        work(0);
        _barrier.SignalAndWait();
    }

    public void Dispose()
    {
        _stopping = true;
        _barrier.SignalAndWait();
        _helpers.ForEach(helper => helper.Join());
        _barrier.Dispose();
    }

    private void Help(object? number)
    {
        while (true)
        {
            _barrier.SignalAndWait();
            if (_stopping)
                return;
            _work!((int)number!);
            _barrier.SignalAndWait();
        }
    }
}
