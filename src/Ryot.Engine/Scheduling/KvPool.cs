using Ryot.Engine.Models;

namespace Ryot.Engine.Scheduling;

/// <summary>
/// The KV cache as the scheduler sees it: slots, cells, and the prefix cache. A sequence that ends leaves its cells behind for others
/// that begin alike, found by comparing tokens, so a system prompt or a conversation's earlier turns are computed once. What is kept
/// never takes a cell from a running sequence: when cells are needed, the least recently used go first. And since every token that is
/// computed attends over kept cells too, they are given up once that has cost as much as computing them again would. What nobody has
/// asked for twice goes far sooner where lately hardly anything of that kind was used; then only its proven beginning, such as a
/// system prompt, stays.
/// </summary>
internal sealed class KvPool
{
    /// <summary>Sharing fewer tokens than this is not worth the bookkeeping inside the backend, which walks over all cells.</summary>
    public const int LeastShared = 16;

    /// <summary>
    /// Below this nothing unproven is kept at all: it would still push what runs to later cells, which costs as long as that runs. A
    /// system prompt is then kept from its second time on.
    /// </summary>
    private const double LeastUsefulness = 1 / 8.0;

    /// <summary>How many kept sequences <see cref="_usefulness"/> looks back on, roughly.</summary>
    private const double UsefulnessWindow = 8;

    private readonly StepPlan _plan;
    private readonly WaitingQueue _waiting;
    private readonly Stack<int> _freeSlots;
    private readonly int _mostIdleCells;
    private readonly bool _shares;
    private readonly double _keepTokens;

    // How much of what was kept unproven was used lately, as a share. Little is kept before anything is known.
    private double _usefulness = 2 * LeastUsefulness;
    private long _computedTokens;

    // The least recently used comes first.
    private readonly List<IdleSequence> _idle = [];

    /// <param name="limits">What the model can hold.</param>
    /// <param name="plan">Where changes to the cache are put.</param>
    /// <param name="waiting">All that wait.</param>
    public KvPool(ModelInfo limits, StepPlan plan, WaitingQueue waiting)
    {
        _plan = plan;
        _waiting = waiting;
        _shares = limits.CachedSequences > 0;
        _mostIdleCells = limits.CachedTokens;
        _keepTokens = limits.CacheKeepTokens;
        _freeSlots = new Stack<int>(Enumerable.Range(0, limits.MaxSequences + limits.CachedSequences).Reverse());
        Cells = new KvCells(limits.KvCapacity);
    }

    public KvCells Cells { get; }

    private bool KeepsUnproven => _usefulness >= LeastUsefulness;

    /// <summary>Sequences that are kept for reuse.</summary>
    public int IdleSequences => _idle.Count;

    /// <summary>Finds the longest beginning of a sequence that can be shared. At least its last token is left to compute.</summary>
    /// <param name="sequence">The sequence, which waits.</param>
    /// <param name="running">All that run.</param>
    public PrefixMatch Find(Sequence sequence, List<Sequence> running)
    {
        if (!_shares || !sequence.Job.Request.ReusesCache)
            return default;
        var tokens = sequence.Tokens[..^1];
        var best = new PrefixMatch { Length = LeastShared };
        foreach (var idle in _idle)
        {
            var length = tokens.CommonPrefixLength(idle.Tokens);
            // Of equals the last, which stays longest.
            if (length >= best.Length)
                best = new PrefixMatch { Length = length, Slot = idle.Slot, Cells = idle.Cells, Idle = idle };
        }
        var promising = 0;
        foreach (var other in running)
        {
            var common = tokens.CommonPrefixLength(other.Tokens);
            var length = Math.Min(common, other.Computed);
            if (length >= best.Length)
                best = new PrefixMatch { Length = length, Slot = other.Slot, Cells = other.Cells };
            promising = Math.Max(promising, Math.Min(common, other.Length - 1));
        }
        if (best.Cells is null)
            best = default;
        return best with { WillGrow = promising >= best.Length + LeastShared };
    }

    /// <summary>Gives a sequence a slot, what it shares, and the promise of cells for the rest of its tokens.</summary>
    public void Take(Sequence sequence, in PrefixMatch match)
    {
        if (_freeSlots.Count == 0)
            Evict(except: match.Idle);
        // It would have been found, had it been kept.
        if (sequence.AdmissionOrder < 0 && sequence.RecurringPrefix >= match.Length + LeastShared)
            _usefulness += (1 - _usefulness) / UsefulnessWindow;
        sequence.Slot = _freeSlots.Pop();
        // Held before anything is evicted to make room, which may be the very sequence that it shares with.
        sequence.Cells = Cells.Begin(match.Cells is null ? null : KvCells.Share(match.Cells, match.Length));
        sequence.Computed = match.Length;
        sequence.Reserved = sequence.Length;
        Cells.Promise(sequence.Length - match.Length);
        if (match.Cells is not null)
        {
            if (match.Idle is { } idle)
                Use(idle, match.Length);
            _plan.Change(CacheOperation.Share(sequence.Slot, match.Slot, match.Length));
        }
        MakeRoom();
    }

    /// <summary>Promises one more cell.</summary>
    public void Extend(Sequence sequence)
    {
        sequence.Reserved++;
        Cells.Promise(1);
        MakeRoom();
    }

    /// <summary>Takes in that tokens of a sequence were computed.</summary>
    public void Grow(Sequence sequence, int tokens)
    {
        sequence.Computed += tokens;
        Cells.Grow(sequence.Cells!, tokens);
    }

    /// <summary>Takes in that a pass has computed so many tokens, all of which attended over what is kept.</summary>
    public void Advance(int tokens)
    {
        _computedTokens += tokens;
        var keepUnproven = KeepsUnproven ? _keepTokens * _usefulness : 0;
        for (var i = _idle.Count - 1; i >= 0; i--)
        {
            var idle = _idle[i];
            if (idle.HasUnprovenEnd && _computedTokens - idle.LeftAt > keepUnproven)
                GiveUpUnproven(i);
            else if (_computedTokens - idle.UsedAt > _keepTokens)
                GiveUp(i);
        }
    }

    /// <summary>Takes a running sequence's slot and cells back.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="keep">Whether what it computed may be kept for others.</param>
    public void Return(Sequence sequence, bool keep)
    {
        var cells = sequence.Cells!;
        Cells.TakeBack(sequence.Reserved - sequence.Computed);
        Cells.Rest(cells);
        var idle = new IdleSequence(sequence.Slot, sequence.AllTokens, sequence.Computed, cells)
        {
            Proven = Math.Min(sequence.RecurringPrefix, sequence.Computed),
            LeftAt = _computedTokens,
            UsedAt = _computedTokens,
        };
        sequence.Cells = null;
        sequence.Slot = -1;
        sequence.Computed = sequence.Reserved = 0;
        if (keep && _shares && idle.Length >= LeastShared && !IsKeptAlready(idle))
        {
            _idle.Add(idle);
            if (idle.HasUnprovenEnd && !KeepsUnproven)
                GiveUpUnproven(_idle.Count - 1);
            while (Cells.Held - Cells.Active > _mostIdleCells && _idle.Count > 0)
                Evict();
        }
        else
        {
            Free(idle);
        }
    }

    /// <summary>Forgets everything that is kept for reuse.</summary>
    public void Clear()
    {
        while (_idle.Count > 0)
            Evict();
    }

    /// <summary>Whether another holds all of it. Drops those that it holds all of.</summary>
    private bool IsKeptAlready(IdleSequence sequence)
    {
        for (var i = _idle.Count - 1; i >= 0; i--)
        {
            var other = _idle[i];
            if (other == sequence)
                continue;
            var common = sequence.Tokens.CommonPrefixLength(other.Tokens);
            if (common == sequence.Length)
            {
                other.Proven = Math.Max(other.Proven, sequence.Proven);
                other.UsedAt = Math.Max(other.UsedAt, sequence.UsedAt);
                return true;
            }
            if (common == other.Length)
            {
                sequence.Proven = Math.Max(sequence.Proven, other.Proven);
                Remove(i);
            }
        }
        return false;
    }

    private void MakeRoom()
    {
        while (Cells.Excess > 0)
            Evict();
    }

    /// <summary>Gives up the least recently used. When slots run out there are always two or more, so that one can be spared.</summary>
    private void Evict(IdleSequence? except = null)
    {
        var index = except is not null && _idle[0] == except ? 1 : 0;
        NoteUnproven(_idle[index]);
        Remove(index);
    }

    /// <summary>Keeps only what somebody who waits asks for. That counts as used now, since giving it up would mean computing it again soon.</summary>
    private void GiveUp(int index)
    {
        var idle = _idle[index];
        idle.UsedAt = _computedTokens;
        var awaited = CountAwaited(idle);
        idle.Proven = idle.Length - awaited < LeastShared ? idle.Length : awaited;
        Shorten(index);
    }

    /// <summary>Keeps only what was asked for more than once, and what somebody who waits asks for.</summary>
    private void GiveUpUnproven(int index)
    {
        var idle = _idle[index];
        idle.Proven = Math.Max(idle.Proven, CountAwaited(idle));
        NoteUnproven(idle);
        Shorten(index);
    }

    /// <summary>How much of it somebody who waits asks for: in blocks, as the history of prompts counts, since the few tokens beyond are common by chance.</summary>
    private int CountAwaited(IdleSequence idle)
    {
        var awaited = _waiting.CountShareable(idle.Tokens);
        return awaited - awaited % LeastShared;
    }

    /// <summary>Keeps only what is proven.</summary>
    private void Shorten(int index)
    {
        var idle = _idle[index];
        if (!idle.HasUnprovenEnd)
            return;
        if (idle.Proven < LeastShared)
        {
            Remove(index);
            return;
        }
        var rest = KvCells.Share(idle.Cells, idle.Proven);
        rest.Holders++;
        Cells.Release(idle.Cells);
        idle.Shorten(idle.Proven, rest);
        _plan.Change(CacheOperation.Shorten(idle.Slot, idle.Length));
        if (IsKeptAlready(idle))
            Remove(_idle.IndexOf(idle));
    }

    private void NoteUnproven(IdleSequence idle)
    {
        if (idle.HasUnprovenEnd)
            _usefulness -= _usefulness / UsefulnessWindow;
    }

    private void Use(IdleSequence idle, int length)
    {
        // A few tokens in common happen by chance.
        if (length >= idle.Proven + LeastShared)
        {
            idle.Proven = length;
            _usefulness += (1 - _usefulness) / UsefulnessWindow;
        }
        idle.UsedAt = _computedTokens;
        _idle.Remove(idle);
        _idle.Add(idle);
    }

    private void Remove(int index)
    {
        var idle = _idle[index];
        _idle.RemoveAt(index);
        Free(idle);
    }

    private void Free(IdleSequence sequence)
    {
        Cells.Release(sequence.Cells);
        _freeSlots.Push(sequence.Slot);
        _plan.Change(CacheOperation.Free(sequence.Slot));
    }
}
