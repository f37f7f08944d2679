using Ryot.Engine.Requests;

namespace Ryot.Engine.Scheduling;

/// <summary>A request inside the scheduler: its sequences, and what is left of them. Owned by the engine's thread.</summary>
internal sealed class GenerationJob
{
    public GenerationJob(GenerationRequest request, GenerationStream stream)
    {
        Request = request;
        Stream = stream;
        stream.Owner = this;
        Sequences = new Sequence[request.SequenceCount];
        Unfinished = Sequences.Length;
    }

    public GenerationRequest Request { get; }

    public GenerationStream Stream { get; }

    public Sequence[] Sequences { get; }

    /// <summary>Sequences that have not ended.</summary>
    public int Unfinished { get; set; }

    /// <summary>Whether the first prompt chunk was scheduled.</summary>
    public bool Admitted { get; set; }

    /// <summary>Whether the stream got events that its reader has not been woken for.</summary>
    public bool NeedsWake { get; set; }
}
