using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Engine.Text;
using Ryot.Metrics;
using Ryot.Testing;
using Xunit;

namespace Ryot.Engine.Tests;

/// <summary>The engine with its real thread, over a simulated model.</summary>
public sealed class InferenceEngineTests : IAsyncLifetime
{
    private readonly FakeModelBackend _backend = new();
    private readonly ManualResetEventSlim _gate = new(true);
    private InferenceEngine _engine = null!;

    private ModelHost Model => _engine.Models[0];

    public ValueTask InitializeAsync()
    {
        _backend.OnStep = _ => _gate.Wait();
        _engine = Create(new ModelOptions { Id = "m", Path = "", Aliases = ["other"], MaxSequences = 2, ContextLength = 200, QueueLimit = 3 });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _gate.Set();
        await _engine.DisposeAsync();
        _gate.Dispose();
        Assert.Equal(0, _backend.LiveSamplers);
    }

    [Fact]
    public async Task A_request_gives_the_whole_text_and_leaves_nothing_behind()
    {
        await StartAsync();
        Assert.Equal("The quick brown fox jumps over the lazy dog.", await TextAsync(Model.Submit(Request("hi"))));
        await IdleAsync();
    }

    [Fact]
    public async Task A_stop_string_ends_the_sequence_at_the_token_that_completes_it()
    {
        await StartAsync();
        var request = Request("hi") with { Sampling = new SamplingParameters { Stop = ["fox", "xyz"] } };
        await using var stream = Model.Submit(request);
        var events = await EventsAsync(stream);
        Assert.Equal("The quick brown ", Text(events));
        Assert.Equal("The quick brown fox".Length, events.Count(e => e.Kind == GenerationEventKind.Token));
        Assert.Equal(FinishReason.Stop, events[^1].FinishReason);
    }

    [Fact]
    public async Task A_full_queue_turns_requests_away_and_takes_them_again_when_it_drains()
    {
        await StartAsync();
        _gate.Reset();
        var streams = new List<GenerationStream> { Model.Submit(Request("running")) };
        await AdmittedAsync(streams[0]);
        for (var i = 0; i < 3; i++)
            streams.Add(Model.Submit(Request("waiting")));
        var refusal = Assert.Throws<EngineException>(() => Model.Submit(Request("x")));
        Assert.Equal(RefusalReason.QueueFull, refusal.Reason);
        _gate.Set();
        foreach (var stream in streams)
            Assert.NotEmpty(await TextAsync(stream));
        await IdleAsync();
        Assert.NotEmpty(await TextAsync(Model.Submit(Request("again"))));
    }

    [Fact]
    public async Task Cancelling_takes_one_step_at_most()
    {
        _backend.Script = null;
        var steps = 0;
        var allowed = new SemaphoreSlim(0);
        _backend.OnStep = plan =>
        {
            if (plan.Items.Length == 0)
                return;
            Interlocked.Increment(ref steps);
            allowed.Wait();
        };
        await StartAsync();
        await using var stream = Model.Submit(Request("hi"));
        allowed.Release(5);
        while (Volatile.Read(ref steps) < 6)
            await Task.Yield();
        stream.Cancel();
        allowed.Release(1);
        var events = await EventsAsync(stream);
        Assert.Equal(FinishReason.Cancelled, events[^1].FinishReason);
        Assert.Equal(6, steps);
        Assert.Equal(6, events.Count(e => e.Kind == GenerationEventKind.Token));
        allowed.Release(100);
    }

    /// <summary>The engine's thread takes submitted requests in, then cancelled ones; this one comes in between as both.</summary>
    [Fact]
    public async Task A_request_that_is_cancelled_before_the_engine_has_seen_it_ends_once()
    {
        using var clock = new PausingClock();
        _backend.Script = null;
        _engine = new([Model.Options], _backend, new RyotMetrics(clock), clock, NullLoggerFactory.Instance);
        await StartAsync();
        await using var first = Model.Submit(Request("a"));
        await AdmittedAsync(first);
        clock.PauseIn("TakeMessages");
        first.Cancel();
        clock.WaitUntilPaused();
        await using var second = Model.Submit(Request("b"));
        second.Cancel();
        clock.GoOn();
        await EventsAsync(first);
        var events = await EventsAsync(second);
        Assert.Equal(FinishReason.Cancelled, Assert.Single(events).FinishReason);
        await IdleAsync();
    }

    [Fact]
    public async Task A_prompt_that_can_never_fit_is_refused_at_once()
    {
        await StartAsync();
        var refusal = Assert.Throws<EngineException>(() => Model.Submit(Request(new string('x', 200))));
        Assert.Equal(RefusalReason.PromptTooLong, refusal.Reason);
        Assert.Contains("200", refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(await TextAsync(Model.Submit(Request(new string('x', 199)))));
    }

    [Fact]
    public async Task Bad_tokens_and_empty_prompts_are_refused()
    {
        await StartAsync();
        Assert.Equal(RefusalReason.Invalid, Assert.Throws<EngineException>(() => Model.Submit(Request(""))).Reason);
        var request = new GenerationRequest { Prompts = [[5, 257]] };
        Assert.Contains("257", Assert.Throws<EngineException>(() => Model.Submit(request)).Message, StringComparison.Ordinal);
        Assert.Throws<EngineException>(() => Model.Submit(new GenerationRequest { Prompts = [] }));
        await IdleAsync();
    }

    [Fact]
    public async Task While_loading_and_after_a_failed_load_requests_are_refused_with_the_reason()
    {
        var release = new ManualResetEventSlim();
        _backend.OnLoad = _ =>
        {
            release.Wait();
            throw new ModelUnavailableException("the file is broken");
        };
        _engine.Start();
        Assert.Equal(RefusalReason.Loading, Assert.Throws<EngineException>(() => Model.Submit(Request("a"))).Reason);
        release.Set();
        await _engine.LoadedAsync();
        Assert.Equal(ModelStatus.Failed, Model.Status);
        var refusal = Assert.Throws<EngineException>(() => Model.Submit(Request("a")));
        Assert.Equal(RefusalReason.Unavailable, refusal.Reason);
        Assert.Contains("the file is broken", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_pass_fails_its_requests_only()
    {
        await StartAsync();
        _backend.Failures.Enqueue(StepStatus.Failed);
        await using var failing = Model.Submit(Request("a"));
        var events = await EventsAsync(failing);
        Assert.Equal((FinishReason.Error, ErrorCause.InferenceError), (events[^1].FinishReason, events[^1].Cause!.Value));
        Assert.NotEmpty(await TextAsync(Model.Submit(Request("b"))));
    }

    [Fact]
    public async Task A_pass_that_throws_is_a_failed_pass()
    {
        await StartAsync();
        _backend.OnStep = _ =>
        {
            _backend.OnStep = null;
            throw new InvalidOperationException("boom");
        };
        await using var failing = Model.Submit(Request("a"));
        Assert.Equal(FinishReason.Error, (await EventsAsync(failing))[^1].FinishReason);
        Assert.NotEmpty(await TextAsync(Model.Submit(Request("b"))));
    }

    [Fact]
    public async Task Stopping_lets_requests_end_within_the_limit_and_takes_no_new_ones()
    {
        await StartAsync();
        _gate.Reset();
        await using var stream = Model.Submit(Request("a"));
        await AdmittedAsync(stream);
        var stopping = _engine.StopAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(RefusalReason.ShuttingDown, Assert.Throws<EngineException>(() => Model.Submit(Request("b"))).Reason);
        _gate.Set();
        Assert.Equal("The quick brown fox jumps over the lazy dog.", await TextAsync(stream));
        await stopping;
    }

    [Fact]
    public async Task Stopping_cancels_what_does_not_end_in_time()
    {
        _backend.Script = null;
        _engine = Create(new ModelOptions { Id = "m", Path = "", ContextLength = 1_000_000 });
        _backend.OnStep = _ => Thread.Sleep(1);
        await StartAsync();
        await using var stream = Model.Submit(Request("a"));
        await AdmittedAsync(stream);
        await _engine.StopAsync(TimeSpan.FromMilliseconds(30));
        var events = await EventsAsync(stream);
        Assert.Equal(FinishReason.Cancelled, events[^1].FinishReason);
        Assert.False(stream.CancelRequested);
    }

    [Fact]
    public async Task A_stalled_engine_is_told_from_an_idle_one()
    {
        await StartAsync();
        Assert.Equal(TimeSpan.Zero, Model.StalledFor());
        _gate.Reset();
        await using var stream = Model.Submit(Request("a"));
        await AdmittedAsync(stream);
        await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.True(Model.StalledFor() >= TimeSpan.FromMilliseconds(15));
        _gate.Set();
        await EventsAsync(stream);
        await IdleAsync();
        Assert.Equal(TimeSpan.Zero, Model.StalledFor());
    }

    [Fact]
    public void Two_models_must_not_share_a_name() =>
        Assert.Throws<ArgumentException>(() => Create(new ModelOptions { Id = "a", Path = "", Aliases = ["a"] }));

    [Fact]
    public void Models_are_found_by_name_and_alias()
    {
        Assert.Same(Model, _engine.Find("m"));
        Assert.Same(Model, _engine.Find("other"));
        Assert.Null(_engine.Find("M"));
    }

    private static GenerationRequest Request(string prompt) => new()
    {
        Prompts = [[.. Encoding.UTF8.GetBytes(prompt).Select(FakeModelBackend.TokenOf)]],
    };

    private static async Task<List<GenerationEvent>> EventsAsync(GenerationStream stream)
    {
        var events = new List<GenerationEvent>();
        while (await stream.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            while (stream.TryRead(out var value))
                events.Add(value);
        }
        return events;
    }

    private static async Task AdmittedAsync(GenerationStream stream)
    {
        Assert.True(await stream.WaitToReadAsync(TestContext.Current.CancellationToken));
        Assert.True(stream.TryRead(out var value));
        Assert.Equal(GenerationEventKind.Admitted, value.Kind);
    }

    /// <summary>The system's clock, which can hold whoever reads it from within a method.</summary>
    private sealed class PausingClock : TimeProvider, IDisposable
    {
        private readonly ManualResetEventSlim _paused = new();
        private readonly ManualResetEventSlim _goOn = new();
        private volatile string? _method;

        public void PauseIn(string method) => _method = method;

        public void WaitUntilPaused() => Assert.True(_paused.Wait(TimeSpan.FromSeconds(30)));

        public void GoOn() => _goOn.Set();

        public override long GetTimestamp()
        {
            if (_method is { } method && Environment.StackTrace.Contains($".{method}(", StringComparison.Ordinal))
            {
                _method = null;
                _paused.Set();
                _goOn.Wait();
            }
            return base.GetTimestamp();
        }

        public void Dispose()
        {
            _goOn.Set();
            _paused.Dispose();
            _goOn.Dispose();
        }
    }

    private InferenceEngine Create(params ModelOptions[] models) =>
        new(models, _backend, new RyotMetrics(TimeProvider.System), TimeProvider.System, NullLoggerFactory.Instance);

    private async Task StartAsync()
    {
        _engine.Start();
        await _engine.LoadedAsync();
        Assert.Equal(ModelStatus.Ready, Model.Status);
    }

    private string Text(List<GenerationEvent> events)
    {
        var assembler = new TextAssembler(Model.Tokenizer);
        var text = new StringBuilder();
        foreach (var value in events)
        {
            if (value.Kind == GenerationEventKind.Token)
                text.Append(assembler.Append(value));
            else if (value.Kind == GenerationEventKind.SequenceFinished)
                text.Append(assembler.Finish(value));
        }
        return text.ToString();
    }

    private async Task<string> TextAsync(GenerationStream stream)
    {
        var tokenizer = Model.Status == ModelStatus.Ready ? Model.Tokenizer : null;
        var events = await EventsAsync(stream);
        return tokenizer is null
            ? Encoding.UTF8.GetString([.. events.Where(e => e.Token > 0).Select(e => (byte)(e.Token - 1))])
            : Text(events);
    }

    private async Task IdleAsync()
    {
        while (Model.UnfinishedRequests > 0)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        Assert.Equal(0, _backend.LiveSamplers);
    }
}
