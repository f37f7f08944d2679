using System.Globalization;
using Ryot.Engine;
using Ryot.Engine.Models;

namespace Ryot.Server.Hosting;

/// <summary>Shows how loads get on: as a bar on a terminal, otherwise as a line in the log now and then.</summary>
internal sealed partial class LoadProgressReporter : IHostedService
{
    private const int BarWidth = 30;
    private const string ClearLine = "\r\e[K";

    private static readonly TimeSpan _betweenBars = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _betweenLines = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly InferenceEngine _engine;
    private readonly TextWriter? _terminal;
    private readonly ILogger<LoadProgressReporter> _logger;
    private string? _model;
    private long _shown;
    private bool _drawn;

    /// <param name="engine">What loads.</param>
    /// <param name="terminal">Where to draw; null where nobody would see it.</param>
    /// <param name="logger">Gets the lines.</param>
    public LoadProgressReporter(InferenceEngine engine, TextWriter? terminal, ILogger<LoadProgressReporter> logger)
    {
        _engine = engine;
        _terminal = terminal;
        _logger = logger;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _engine.LoadProgressed = Report;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _engine.LoadProgressed = null;
        return Task.CompletedTask;
    }

    private void Report(ModelHost model)
    {
        lock (_gate)
        {
            var now = _engine.Clock.GetTimestamp();
            if (model.Status != ModelStatus.Loading)
            {
                Clear();
                _model = null;
                return;
            }
            if (_model != model.Id)
            {
                // The log tells already that it begins.
                (_model, _shown) = (model.Id, now);
                return;
            }
            if (_engine.Clock.GetElapsedTime(_shown, now) < (_terminal is null ? _betweenLines : _betweenBars))
                return;
            _shown = now;
            if (_terminal is null)
                LogProgress(model.Id, (int)(model.LoadProgress * 100));
            else
                Draw(model);
        }
    }

    private void Draw(ModelHost model)
    {
        var done = (int)(Math.Clamp(model.LoadProgress, 0, 1) * BarWidth);
        var bar = new string('#', done).PadRight(BarWidth, '.');
        // The line ends where it began, so that a line of the log takes its place.
        _terminal!.Write(string.Create(CultureInfo.InvariantCulture, $"{ClearLine}{model.Id} [{bar}] {model.LoadProgress * 100:F0} %\r"));
        _terminal.Flush();
        _drawn = true;
    }

    private void Clear()
    {
        if (!_drawn)
            return;
        _terminal!.Write(ClearLine);
        _terminal.Flush();
        _drawn = false;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loading model {Model}: {Percent} %.")]
    private partial void LogProgress(string model, int percent);
}
