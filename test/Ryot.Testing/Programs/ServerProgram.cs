using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Ryot.Testing;

/// <summary>
/// A program of the Prometheus family that serves on an ephemeral loopback port, with a directory of its own. Disposing ends the process and
/// removes the directory.
/// </summary>
internal sealed partial class ServerProgram : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly string _name;
    private readonly Process _process;
    private readonly string _directory;
    private readonly string? _readyLine;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProgram(string name, Process process, string directory, string? readyLine)
    {
        _name = name;
        _process = process;
        _directory = directory;
        _readyLine = readyLine;
    }

    /// <summary>Where it serves.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>What it wrote to its log so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Starts a program and waits until it listens.</summary>
    /// <param name="name">The program.</param>
    /// <param name="configuration">The name and text of its configuration file, which is written to its directory.</param>
    /// <param name="arguments">Its arguments, given that directory; they must make it listen on port 0.</param>
    /// <param name="readyLine">What it writes when it is ready; null where listening is enough.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ServerProgram> StartAsync(
        string name,
        (string File, string Text) configuration,
        Func<string, IEnumerable<string>> arguments,
        string? readyLine,
        CancellationToken cancellation)
    {
        var directory = Directory.CreateTempSubdirectory($"ryot-{name}-").FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, configuration.File), configuration.Text, cancellation);
        var start = new ProcessStartInfo(name, arguments(directory)) { RedirectStandardError = true, RedirectStandardOutput = true };
        var program = new ServerProgram(name, new Process { StartInfo = start, EnableRaisingEvents = true }, directory, readyLine);
        try
        {
            await program.StartAsync(cancellation);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (IsRunning())
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }
        }
        finally
        {
            _process.Dispose();
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => Fail("it ended");
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        var port = await _port.Task.WaitAsync(_patience, cancellation);
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        if (_readyLine is not null)
            await _ready.Task.WaitAsync(_patience, cancellation);
    }

    private bool IsRunning()
    {
        try
        {
            return !_process.HasExited;
        }
        catch (InvalidOperationException)
        {
            // It was never started.
            return false;
        }
    }

    private void Read(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.AppendLine(line);
        if (ListeningPattern().Match(line) is { Success: true } listening)
            _port.TrySetResult(int.Parse(listening.Groups[1].Value, CultureInfo.InvariantCulture));
        if (_readyLine is not null && line.Contains(_readyLine, StringComparison.Ordinal))
            _ready.TrySetResult();
    }

    private void Fail(string what)
    {
        var failure = new InvalidOperationException($"{_name} is not ready: {what}. Log:{Environment.NewLine}{Log}");
        _port.TrySetException(failure);
        _ready.TrySetException(failure);
    }

    [GeneratedRegex("""msg="Listening on" address=127\.0\.0\.1:(\d+)""")]
    private static partial Regex ListeningPattern();
}
