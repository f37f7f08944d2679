namespace Ryot.Engine.Scheduling;

/// <summary>
/// Lets the engines of one device take turns, so that their passes do not fight for the same cores. Fair by engine time: the one
/// that has used least of it goes next, whatever the lengths of the passes are.
/// </summary>
/// <remarks>
/// A turn lasts over several passes: until another engine that waits has used less, or there is no work left. Handing over after each
/// pass would give an engine of short passes one of them for each long one of another. An engine that was idle begins where those
/// that compete are, so that it cannot claim the time in which it wanted none.
/// </remarks>
/// <param name="clock">Measures the engine time.</param>
internal sealed class DeviceTurns(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly List<DeviceTurn> _waiting = [];
    private DeviceTurn? _holder;
    private long _floor;
    private long _progressed;

    /// <summary>When an engine of the device last began its turn or ended a pass.</summary>
    public long Progressed => Volatile.Read(ref _progressed);

    /// <summary>Makes the turn of one more engine.</summary>
    public DeviceTurn Join() => new(this);

    /// <summary>Takes the turn if nobody else has it.</summary>
    /// <returns>False when the engine has to wait for it.</returns>
    internal bool TryTake(DeviceTurn turn)
    {
        lock (_gate)
        {
            if (_holder == turn)
                return true;
            if (!turn.Competes)
            {
                turn.Competes = true;
                turn.Used = Math.Max(turn.Used, Floor());
            }
            if (_holder is null)
            {
                Grant(turn);
                return true;
            }
            _waiting.Add(turn);
            return false;
        }
    }

    /// <summary>Charges a pass, and hands over if another engine that waits has not used more.</summary>
    internal void EndPass(DeviceTurn turn)
    {
        lock (_gate)
        {
            if (_holder != turn)
                return;
            Charge(turn);
            if (FindNext() is { } next && next.Used <= turn.Used)
                HandOver(next);
        }
    }

    /// <summary>The engine has no work any more.</summary>
    internal void Leave(DeviceTurn turn)
    {
        lock (_gate)
        {
            if (!turn.Competes)
                return;
            turn.Competes = false;
            if (_waiting.Remove(turn))
                return;
            Charge(turn);
            _holder = null;
            if (FindNext() is { } next)
                HandOver(next);
            else
                _floor = Math.Max(_floor, turn.Used);
        }
    }

    private void Charge(DeviceTurn turn)
    {
        var now = clock.GetTimestamp();
        turn.Used += now - turn.Since;
        turn.Since = now;
        Volatile.Write(ref _progressed, now);
    }

    private void HandOver(DeviceTurn next)
    {
        _waiting.Remove(next);
        Grant(next);
        next.Wake();
    }

    private void Grant(DeviceTurn turn)
    {
        _holder = turn;
        _floor = Math.Max(_floor, turn.Used);
        turn.Since = clock.GetTimestamp();
        Volatile.Write(ref _progressed, turn.Since);
    }

    /// <summary>Where those that compete are: the least that any of them has used.</summary>
    private long Floor()
    {
        var least = _holder?.Used ?? _floor;
        foreach (var waiting in _waiting)
            least = Math.Min(least, waiting.Used);
        return Math.Max(_floor, least);
    }

    /// <summary>The one that has used least; of several the one that has waited longest.</summary>
    private DeviceTurn? FindNext()
    {
        DeviceTurn? next = null;
        foreach (var waiting in _waiting)
        {
            if (next is null || waiting.Used < next.Used)
                next = waiting;
        }
        return next;
    }
}

/// <summary>One engine's part in the turns of its device. Only the engine's own thread may call it, except where a member says otherwise.</summary>
internal sealed class DeviceTurn
{
    private readonly DeviceTurns _device;
    private readonly object _signal = new();
    private bool _granted;
    private bool _givenUp;

    internal DeviceTurn(DeviceTurns device) => _device = device;

    /// <summary>Engine time that it has used, in ticks of the clock. Changes under the device's lock, as the next two do.</summary>
    internal long Used { get; set; }

    /// <summary>Since when it has not been charged.</summary>
    internal long Since { get; set; }

    /// <summary>Whether it has its turn or waits for it.</summary>
    internal bool Competes { get; set; }

    /// <summary>When an engine of the device last got on. Safe on any thread.</summary>
    public long DeviceProgressed => _device.Progressed;

    /// <summary>Takes the turn if nobody else has it; otherwise <see cref="Wait"/> for it.</summary>
    public bool TryTake() => _device.TryTake(this);

    /// <summary>Waits for the turn after <see cref="TryTake"/> has failed.</summary>
    /// <returns>False when the wait was given up; <see cref="Leave"/> then.</returns>
    public bool Wait()
    {
        lock (_signal)
        {
            while (!_granted && !_givenUp)
                Monitor.Wait(_signal);
            var granted = _granted;
            _granted = false;
            return granted;
        }
    }

    /// <summary>Ends this and every later wait. Safe on any thread.</summary>
    public void GiveUp()
    {
        lock (_signal)
        {
            _givenUp = true;
            Monitor.Pulse(_signal);
        }
    }

    /// <summary>Tells that a pass has ended; the turn may be another engine's now.</summary>
    public void EndPass() => _device.EndPass(this);

    /// <summary>Gives the turn back, since there is no work, or the engine ends.</summary>
    public void Leave() => _device.Leave(this);

    internal void Wake()
    {
        lock (_signal)
        {
            _granted = true;
            Monitor.Pulse(_signal);
        }
    }
}
