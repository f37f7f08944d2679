namespace Ryot.Engine.Requests;

/// <summary>
/// Events from one writer (the engine's thread) to one reader (the request's thread), without a lock. Segments that were read are
/// reused, so a reader that keeps up costs no allocation. A slow reader makes the buffer grow by at most one event for each token
/// that the request may still generate; the writer never waits for it.
/// </summary>
internal sealed class EventBuffer
{
    private const int SegmentLength = 32;

    private Segment _writing;
    private Segment _reading;
    private int _readIndex;
    private Segment? _spare;

    public EventBuffer() => _writing = _reading = new Segment();

    public void Write(in GenerationEvent value)
    {
        var segment = _writing;
        if (segment.Count == SegmentLength)
        {
            var next = Interlocked.Exchange(ref _spare, null) ?? new Segment();
            _writing = next;
            Volatile.Write(ref segment.Next, next);
            segment = next;
        }
        segment.Events[segment.Count] = value;
        Volatile.Write(ref segment.Count, segment.Count + 1);
    }

    public bool TryRead(out GenerationEvent value)
    {
        var segment = _reading;
        if (_readIndex == SegmentLength)
        {
            var next = Volatile.Read(ref segment.Next);
            if (next is null)
            {
                value = default;
                return false;
            }
            segment.Reset();
            Volatile.Write(ref _spare, segment);
            _reading = segment = next;
            _readIndex = 0;
        }
        if (_readIndex == Volatile.Read(ref segment.Count))
        {
            value = default;
            return false;
        }
        value = segment.Events[_readIndex++];
        return true;
    }

    public bool HasUnread
    {
        get
        {
            var segment = _reading;
            if (_readIndex < SegmentLength)
                return _readIndex < Volatile.Read(ref segment.Count);
            return Volatile.Read(ref segment.Next) is { } next && Volatile.Read(ref next.Count) > 0;
        }
    }

    private sealed class Segment
    {
        public readonly GenerationEvent[] Events = new GenerationEvent[SegmentLength];
        public int Count;
        public Segment? Next;

        public void Reset()
        {
            Array.Clear(Events);
            Next = null;
            Count = 0;
        }
    }
}
