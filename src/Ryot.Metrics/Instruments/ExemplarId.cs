namespace Ryot.Metrics;

/// <summary>
/// What an observation was for: a trace, a request, or both. Shown beside a histogram bucket or a counter in OpenMetrics and
/// protobuf, so that a slow bucket leads to a request.
/// </summary>
public readonly struct ExemplarId
{
    /// <summary>The longest request id in characters that still fits OpenMetrics' limit for an exemplar's labels together with a trace id.</summary>
    public const int MaxRequestIdLength = 64;

    /// <summary>Names a request by its id. An id that is empty or longer than <see cref="MaxRequestIdLength"/> makes no exemplar.</summary>
    public ExemplarId(string? requestId)
        : this(requestId, 0, 0)
    {
    }

    /// <summary>Names a trace by the two halves of its 16-byte id, most significant first, and optionally a request.</summary>
    public ExemplarId(ulong traceIdHigh, ulong traceIdLow, string? requestId = null)
        : this(requestId, traceIdHigh, traceIdLow)
    {
    }

    private ExemplarId(string? requestId, ulong traceIdHigh, ulong traceIdLow)
    {
        RequestId = requestId is { Length: > 0 and <= MaxRequestIdLength } ? requestId : null;
        TraceIdHigh = traceIdHigh;
        TraceIdLow = traceIdLow;
    }

    /// <summary>The request's id (label <c>request_id</c>), or null.</summary>
    public string? RequestId { get; }

    /// <summary>The upper half of the trace id (label <c>trace_id</c>, 32 hexadecimal digits).</summary>
    public ulong TraceIdHigh { get; }

    /// <summary>The lower half of the trace id.</summary>
    public ulong TraceIdLow { get; }

    /// <summary>Whether there is a trace id.</summary>
    public bool HasTrace => (TraceIdHigh | TraceIdLow) != 0;

    /// <summary>Whether it names nothing, and so makes no exemplar.</summary>
    public bool IsEmpty => RequestId is null && !HasTrace;
}

/// <summary>An exemplar as it was kept.</summary>
internal readonly record struct Exemplar(ExemplarId Id, double Value, double UnixSeconds);

/// <summary>
/// Room for the last exemplar of a bucket or a counter. A version number that is odd during a write lets a reader see that
/// what it read was torn; a writer that meets another one leaves the slot to it. Nobody waits.
/// </summary>
internal struct ExemplarSlot
{
    private const int ReadAttempts = 8;

    private int _version;
    private Exemplar _exemplar;

    internal void Set(in ExemplarId id, double value, double unixSeconds)
    {
        var version = Volatile.Read(ref _version);
        if ((version & 1) != 0 || Interlocked.CompareExchange(ref _version, version + 1, version) != version)
            return;
        _exemplar = new Exemplar(id, value, unixSeconds);
        Volatile.Write(ref _version, version + 2);
    }

    internal bool TryRead(out Exemplar exemplar)
    {
        for (var attempt = 0; attempt < ReadAttempts; attempt++)
        {
            var before = Volatile.Read(ref _version);
            if (before == 0)
                break;
            exemplar = _exemplar;
            Interlocked.MemoryBarrier();
            if ((before & 1) == 0 && Volatile.Read(ref _version) == before)
                return true;
        }

        exemplar = default;
        return false;
    }
}
