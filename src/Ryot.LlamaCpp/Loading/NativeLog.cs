using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp.Loading;

/// <summary>
/// llama.cpp's log as whole lines in an <see cref="ILogger"/>. llama.cpp writes pieces of lines from any thread; pieces of
/// one thread belong together until the line ends.
/// </summary>
internal static unsafe partial class NativeLog
{
    private const int MaxLineBytes = 16 * 1024;

    private static ILogger _logger = NullLogger.Instance;

    [ThreadStatic]
    private static ThreadLines? _threadLines;

    private enum NativeLevel
    {
        None = 0,
        Debug = 1,
        Information = 2,
        Warning = 3,
        Error = 4,
        Continuation = 5,
    }

    internal static void Install(ILoggerFactory loggers)
    {
        SetLogger(loggers);
        Native.LogSet(&OnText, 0);
        NativeGgml.SetAbortCallback(&OnAbort);
    }

    internal static void SetLogger(ILoggerFactory loggers) => Volatile.Write(ref _logger, loggers.CreateLogger("llama.cpp"));

    /// <summary>Collects the warnings and errors that llama.cpp logs on this thread until it is disposed.</summary>
    internal static Capture CaptureOnThisThread() => new();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnText(int level, byte* text, nint userData)
    {
        // An exception must not reach the native caller: it would end the process.
        try
        {
            (_threadLines ??= new ThreadLines()).Add((NativeLevel)level, NativeText.Span(text));
        }
        catch
        {
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnAbort(byte* text)
    {
        // llama.cpp ends the process when this returns. Where no guard is at work, the reason is left behind for the operator.
        try
        {
            string message = WithoutBuildFolder(NativeText.Read(text).TrimEnd());
            NativeGuard.OnAbort(message);
            ILogger logger = Volatile.Read(ref _logger);
            if (logger.IsEnabled(LogLevel.Critical)) Aborting(logger, message);
            Console.Error.WriteLine($"llama.cpp aborts the process: {message}");
            Console.Error.Flush();
        }
        catch
        {
        }
    }

    private static string WithoutBuildFolder(string message)
    {
        const string sources = "llama.cpp/";
        int end = message.LastIndexOf(sources, StringComparison.Ordinal);
        return end < 0 ? message : message[(end + sources.Length)..];
    }

    [LoggerMessage(EventId = 1, Message = "{Line}")]
    private static partial void Line(ILogger logger, LogLevel level, string line);

    [LoggerMessage(EventId = 2, Level = LogLevel.Critical, Message = "llama.cpp aborts the process: {Reason}")]
    private static partial void Aborting(ILogger logger, string reason);

    private static LogLevel Map(NativeLevel level) => level switch
    {
        NativeLevel.Debug => LogLevel.Debug,
        NativeLevel.Warning => LogLevel.Warning,
        NativeLevel.Error => LogLevel.Error,
        _ => LogLevel.Information,
    };

    internal sealed class Capture : IDisposable
    {
        private readonly List<string> _lines = [];
        private readonly Capture? _outer;

        internal Capture()
        {
            ThreadLines lines = _threadLines ??= new ThreadLines();
            _outer = lines.Capture;
            lines.Capture = this;
        }

        internal IReadOnlyList<string> Lines => _lines;

        internal void Add(string line) => _lines.Add(line);

        public void Dispose() => _threadLines!.Capture = _outer;
    }

    private sealed class ThreadLines
    {
        private byte[] _line = new byte[256];
        private int _length;
        private NativeLevel _level = NativeLevel.Information;

        internal Capture? Capture { get; set; }

        internal void Add(NativeLevel level, ReadOnlySpan<byte> text)
        {
            if (level != NativeLevel.Continuation)
            {
                if (_length > 0) Flush();
                _level = level;
            }

            while (!text.IsEmpty)
            {
                int end = text.IndexOf((byte)'\n');
                Append(end < 0 ? text : text[..end]);
                if (end < 0) return;
                Flush();
                text = text[(end + 1)..];
            }
        }

        private void Append(ReadOnlySpan<byte> text)
        {
            text = text[..Math.Min(text.Length, MaxLineBytes - _length)];
            if (_length + text.Length > _line.Length) Array.Resize(ref _line, Math.Max(_line.Length * 2, _length + text.Length));
            text.CopyTo(_line.AsSpan(_length));
            _length += text.Length;
        }

        private void Flush()
        {
            int length = _length;
            _length = 0;
            LogLevel level = Map(_level);
            ILogger logger = Volatile.Read(ref _logger);
            bool captured = Capture is not null && level >= LogLevel.Warning;
            if (length == 0 || !(captured || logger.IsEnabled(level))) return;
            string line = Encoding.UTF8.GetString(_line, 0, length).TrimEnd();
            if (line.Length == 0) return;
            if (captured) Capture!.Add(line);
            if (logger.IsEnabled(level)) Line(logger, level, line);
        }
    }
}
