using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Metrics;
using Ryot.Server.Api.Errors;

namespace Ryot.Server.Generation;

/// <summary>
/// Runs one request in the engine: hands its text on as it comes, tells the recorder what happens, and ends when the last sequence
/// has, when the client is gone, or when the engine hangs.
/// </summary>
internal sealed class GenerationRun
{
    /// <summary>How long the engine may take to end a request that it was told to end, before it is taken for hanging.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock;
    private readonly RequestRecorder _recorder;
    private readonly IAnswer _answer;
    private readonly SequenceProgress[] _sequences;
    private readonly long _received;
    private long? _admitted;
    private long? _firstToken;
    private volatile bool _clientGone;

    /// <param name="clock">The engine's clock.</param>
    /// <param name="recorder">Told everything.</param>
    /// <param name="answer">Takes the text.</param>
    /// <param name="sequences">The sequences, by their index in the engine's request.</param>
    /// <param name="received">When the request was received.</param>
    public GenerationRun(TimeProvider clock, RequestRecorder recorder, IAnswer answer, SequenceProgress[] sequences, long received)
    {
        _clock = clock;
        _recorder = recorder;
        _answer = answer;
        _sequences = sequences;
        _received = received;
    }

    /// <summary>From received to admitted; null when it never was.</summary>
    public TimeSpan? QueueTime => _admitted is { } admitted ? _clock.GetElapsedTime(_received, admitted) : null;

    /// <summary>From received to the first token; null when there is none.</summary>
    public TimeSpan? FirstTokenTime => _firstToken is { } token ? _clock.GetElapsedTime(_received, token) : null;

    /// <summary>Whether the client went away or was cut off.</summary>
    public bool ClientGone => _clientGone;

    /// <summary>Runs the request to its end.</summary>
    /// <param name="model">The loaded model.</param>
    /// <param name="request">What to generate.</param>
    /// <param name="promptTokens">Tokens of all prompts.</param>
    /// <param name="clientGone">Cancelled when the client goes away.</param>
    /// <exception cref="Engine.EngineException">The engine turned the request away.</exception>
    public async Task RunAsync(ModelLease model, GenerationRequest request, int promptTokens, CancellationToken clientGone)
    {
        // Taken before the engine can admit the request, so that the stamps are in order.
        var queued = _clock.GetTimestamp();
        await using var stream = model.Submit(request);
        _recorder.Queued(queued, promptTokens, request.SequenceCount);

        using var giveUp = new CancellationTokenSource(TimeToWait(request, queued), _clock);
        await using var registration = clientGone.UnsafeRegister(_ => Cancel(stream, giveUp), null);
        try
        {
            while (await stream.WaitToReadAsync(giveUp.Token))
            {
                while (stream.TryRead(out var value))
                    Take(value);
                _recorder.Flush();
                if (!ClientGone && !await _answer.FlushAsync())
                    Cancel(stream, giveUp);
            }
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            Abandon();
        }
        if (clientGone.IsCancellationRequested)
            _clientGone = true;
    }

    private TimeSpan TimeToWait(GenerationRequest request, long now)
    {
        if (request.Deadline is not { } deadline)
            return Timeout.InfiniteTimeSpan;
        return (deadline > now ? _clock.GetElapsedTime(now, deadline) : TimeSpan.Zero) + _patience;
    }

    private void Cancel(GenerationStream stream, CancellationTokenSource giveUp)
    {
        _clientGone = true;
        stream.Cancel();
        giveUp.CancelAfter(_patience);
    }

    private void Take(in GenerationEvent value)
    {
        switch (value.Kind)
        {
            case GenerationEventKind.Admitted:
                _admitted = value.Timestamp;
                _recorder.Admitted(value.Timestamp);
                break;
            case GenerationEventKind.PromptAdmitted:
                TakePrompt(value.Sequence, value.Admission!);
                break;
            case GenerationEventKind.Token:
                TakeToken(value);
                break;
            case GenerationEventKind.SequenceFinished:
                TakeEnd(value);
                break;
        }
    }

    private void TakePrompt(int sequence, PromptAdmission admission)
    {
        _sequences[sequence].CachedTokens += admission.ReusedTokens;
        _recorder.PromptAdmitted(admission.PromptTokens, admission.ReusedTokens, admission.PrefixLastSeen);
    }

    private void TakeToken(in GenerationEvent token)
    {
        var sequence = _sequences[token.Sequence];
        _firstToken ??= token.Timestamp;
        sequence.CompletionTokens++;
        _recorder.Token(token.Sequence, token.Timestamp);
        sequence.Logprobs?.Append(token);
        var text = sequence.Assembler.Append(token);
        if (!ClientGone)
            _answer.Append(sequence, text, token.Token);
    }

    private void TakeEnd(in GenerationEvent end)
    {
        var sequence = _sequences[end.Sequence];
        var usage = end.Usage!;
        if (_admitted is not null)
            _recorder.SequencePasses(usage.Passes, usage.BatchSizeSum);
        (sequence.PromptTicks, sequence.CompletionTicks) = (usage.PromptTicks, usage.CompletionTicks);
        sequence.Reason = end.FinishReason;
        sequence.Error = ApiErrors.Of(end.FinishReason, end.Cause);
        sequence.Logprobs?.Finish(end);
        var text = sequence.Assembler.Finish(end);
        if (!ClientGone && sequence.Error is null)
            _answer.Append(sequence, text, token: -1);
    }

    /// <summary>The engine did not end the request in time: its own thread does.</summary>
    private void Abandon()
    {
        foreach (var sequence in _sequences)
        {
            if (sequence.Reason is not null)
                continue;
            sequence.Reason = ClientGone ? FinishReason.Cancelled : FinishReason.Timeout;
            sequence.Error = ApiErrors.Of(sequence.Reason.Value, null);
        }
    }
}
