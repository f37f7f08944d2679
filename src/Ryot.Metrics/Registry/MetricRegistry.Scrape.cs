using System.IO.Compression;
using System.IO.Pipelines;

namespace Ryot.Metrics;

public sealed partial class MetricRegistry
{
    /// <summary>One scrape at a time collects; sending what was collected is outside. Recording never takes it.</summary>
    private readonly Lock _scraping = new();
    private volatile Action[] _beforeScrape = [];
    private ExpositionBuffer? _spareBuffer;
    private ExpositionWriter? _writing;
    private long _lastScrapeTicks = -1;

    /// <summary>How long the last finished scrape took, from its begin until its last byte was handed over; null before the first.</summary>
    public TimeSpan? LastScrapeDuration
        => Volatile.Read(ref _lastScrapeTicks) is var ticks and >= 0 ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>Writes everything in one format.</summary>
    /// <param name="output">Where to; it is flushed, but not closed.</param>
    /// <param name="format">The format; <see cref="Exposition.Negotiate"/> finds the one that a client wants.</param>
    /// <param name="gzip">Whether to compress.</param>
    /// <param name="cancellation">Ends the writing.</param>
    public async Task WriteAsync(Stream output, ExpositionFormat format, bool gzip = false, CancellationToken cancellation = default)
    {
        var started = _clock.GetTimestamp();
        var buffer = Collect(format);
        try
        {
            if (gzip)
            {
                var compressing = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
                await using (compressing)
                    await compressing.WriteAsync(buffer.Written, cancellation);
            }
            else
            {
                await output.WriteAsync(buffer.Written, cancellation);
            }

            await output.FlushAsync(cancellation);
            Volatile.Write(ref _lastScrapeTicks, _clock.GetElapsedTime(started).Ticks);
        }
        finally
        {
            Volatile.Write(ref _spareBuffer, buffer);
        }
    }

    /// <summary>Writes everything in one format.</summary>
    /// <param name="output">Where to; it is flushed, but not completed.</param>
    /// <param name="format">The format; <see cref="Exposition.Negotiate"/> finds the one that a client wants.</param>
    /// <param name="gzip">Whether to compress.</param>
    /// <param name="cancellation">Ends the writing.</param>
    public Task WriteAsync(PipeWriter output, ExpositionFormat format, bool gzip = false, CancellationToken cancellation = default)
        => WriteAsync(output.AsStream(leaveOpen: true), format, gzip, cancellation);

    /// <summary>Series written so far by the scrape that is under way; for the metric that tells their number.</summary>
    internal int SeriesWritten => _writing?.SeriesWritten ?? 0;

    /// <summary>Has something done at the begin of each scrape, e.g. read a consistent snapshot that several gauges show.</summary>
    internal void BeforeScrape(Action action)
    {
        lock (_changes)
            _beforeScrape = [.. _beforeScrape, action];
    }

    internal void RemoveBeforeScrape(Action action)
    {
        lock (_changes)
            _beforeScrape = [.. _beforeScrape.Where(one => one != action)];
    }

    private ExpositionBuffer Collect(ExpositionFormat format)
    {
        var buffer = Interlocked.Exchange(ref _spareBuffer, null) ?? new ExpositionBuffer();
        buffer.Clear();
        ExpositionWriter writer = format == ExpositionFormat.Protobuf
            ? new ProtobufExpositionWriter(buffer)
            : new TextExpositionWriter(buffer, openMetrics: format is ExpositionFormat.OpenMetrics or ExpositionFormat.OpenMetricsDraft);
        lock (_scraping)
        {
            _writing = writer;
            foreach (var action in _beforeScrape)
                action();
            foreach (var family in _families)
                writer.Write(family);
            writer.End();
            _writing = null;
        }

        return buffer;
    }
}
