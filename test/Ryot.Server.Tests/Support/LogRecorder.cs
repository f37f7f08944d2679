using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ryot.Server.Tests.Support;

/// <summary>Keeps what the server logs.</summary>
internal sealed class LogRecorder : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    /// <summary>Everything from a level on.</summary>
    public IReadOnlyList<string> Lines(LogLevel from) => [.. _lines.Where(line => line.Level >= from).Select(line => line.Text)];

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void Dispose()
    {
    }

    private sealed class Logger(LogRecorder recorder) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            recorder._lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));
    }
}
