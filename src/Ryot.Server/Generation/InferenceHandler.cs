using System.Globalization;
using System.Text.Json;
using Ryot.Engine;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Metrics;
using Ryot.Server.Api;
using Ryot.Server.Api.Errors;
using Ryot.Server.Configuration;
using Ryot.Server.Costs;
using Ryot.Server.Security;

namespace Ryot.Server.Generation;

/// <summary>The one way of every request that generates: read, check, run, answer, count. Whatever happens, it is counted once.</summary>
internal sealed partial class InferenceHandler(
    InferenceEngine engine,
    RyotMetrics metrics,
    RyotOptions options,
    ApiKeys keys,
    RequestCosts costs,
    IModelBackend backend,
    ILogger<InferenceHandler> logger)
{
    private readonly string _fingerprint = $"ryot-{BuildInfo.Version}-{backend.Version}";

    private TimeProvider Clock => engine.Clock;

    /// <summary>Serves one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="route">The route that it came by.</param>
    public async Task HandleAsync(HttpContext context, InferenceRoute route)
    {
        var request = new RequestInProgress(context, route, Clock.GetTimestamp());
        try
        {
            await ServeAsync(request);
        }
        catch (ApiException exception)
        {
            await FailAsync(request, exception.Error, exception.Error.Cause == ErrorCause.Timeout ? FinishReason.Timeout : FinishReason.Rejected);
        }
        catch (ClientGoneException)
        {
            // Kestrel may not know yet, and would log an error when it tried to read the rest of the body.
            context.Abort();
            request.End(RequestStatus.Partial, FinishReason.Cancelled);
        }
        catch (Exception exception)
        {
            LogFailed(context.TraceIdentifier, exception);
            await FailAsync(request, ApiErrors.Internal, FinishReason.Error);
        }
        finally
        {
            Record(request);
            request.Answer?.Dispose();
        }
    }

    private async Task ServeAsync(RequestInProgress request)
    {
        var context = request.Context;
        var keyName = keys.Check(context.Request);
        // Not before the key was found to be correct: others must not make series in a tenant's name.
        request.Tenant = FindTenant(context.Request, keyName);
        RequestBody.CheckContentType(context.Request);
        using (var body = await RequestBody.ReadAsync(context, options.MaxBodyBytes))
        {
            request.Received = Clock.GetTimestamp();
            using var json = body.Parse();
            // Before anything can be wrong with the rest, so that it counts under the model that was asked for.
            request.Model = FindNamedModel(json.RootElement);
            request.Parsed = request.Route.Parse(json.RootElement);
        }
        var parsed = request.Parsed;
        var model = engine.Find(parsed.Model) ?? throw new ApiException(ApiErrors.ModelNotFound(parsed.Model));
        request.Model = model;
        RequestChecks.CheckSequenceCount(parsed, options.MaxSequencesPerRequest);
        var deadline = FindDeadline(parsed, request.Received);
        try
        {
            using var lease = await AcquireAsync(model, parsed.Priority, deadline, context.RequestAborted);
            await GenerateAsync(request, parsed, lease, deadline);
        }
        catch (OperationCanceledException exception) when (context.RequestAborted.IsCancellationRequested && request.Recorder is null)
        {
            // While it waited for the model.
            throw new ClientGoneException(exception);
        }
        catch (EngineException exception)
        {
            throw new ApiException(ApiErrors.Of(exception, parsed.PromptParam), exception);
        }
    }

    private static ValueTask<ModelLease> AcquireAsync(ModelHost model, PriorityLevel priority, long? deadline, CancellationToken cancellationToken)
    {
        var acquired = model.AcquireAsync(deadline, cancellationToken);
        return acquired.IsCompletedSuccessfully ? acquired : WaitAsync(acquired, model.Metrics, priority);

        static async ValueTask<ModelLease> WaitAsync(ValueTask<ModelLease> acquired, ModelMetrics metrics, PriorityLevel priority)
        {
            metrics.LoadWaitBegan(priority);
            try
            {
                return await acquired;
            }
            finally
            {
                metrics.LoadWaitEnded(priority);
            }
        }
    }

    private ModelHost? FindNamedModel(JsonElement body)
    {
        try
        {
            return body.ValueKind == JsonValueKind.Object && body.TryGetProperty("model"u8, out var name) && name.ValueKind == JsonValueKind.String
                ? engine.Find(name.GetString()!)
                : null;
        }
        catch (InvalidOperationException)
        {
            // A name with half of a surrogate pair; the parser tells the client.
            return null;
        }
    }

    private async Task GenerateAsync(RequestInProgress request, InferenceRequest parsed, ModelLease model, long? deadline)
    {
        var tokenizer = model.Tokenizer;
        RequestChecks.CheckLogitBias(parsed, tokenizer);
        var sequences = CreateSequences(parsed, tokenizer);
        var prompts = PromptEncoder.EncodeAll(model, parsed, sequences);
        var admitted = sequences.Where(sequence => sequence.Error is null).ToArray();

        var format = request.Route.CreateFormat(CreateContext(request, parsed, model, tokenizer));
        var output = new ClientOutput(request.Context, options.SlowClientTimeout, Clock);
        IAnswer answer = parsed.Stream
            ? new StreamedAnswer(output, format, sequences)
            : new CollectedAnswer(output, format, sequences.Length);
        request.Answer = answer;

        GenerationRun? run = null;
        if (admitted.Length > 0)
        {
            var generation = new GenerationRequest
            {
                Prompts = [.. prompts.Where(prompt => prompt.Length > 0)],
                SequencesPerPrompt = parsed.SequencesPerPrompt,
                Sampling = parsed.Sampling,
                Priority = parsed.Priority,
                Mode = parsed.Mode,
                ReusesCache = parsed.CachePrompt,
                Deadline = deadline,
            };
            var recorder = Start(request);
            run = new GenerationRun(Clock, recorder, answer, admitted, request.Received);
            await run.RunAsync(model, generation, prompts.Sum(prompt => prompt.Length), request.Context.RequestAborted);
        }
        var result = new GenerationResult
        {
            Sequences = sequences,
            PromptTokens = [.. prompts.Select(prompt => prompt.Length)],
            ClientGone = run is { ClientGone: true },
            QueueTime = run?.QueueTime,
            FirstTokenTime = run?.FirstTokenTime,
            TotalTime = Clock.GetElapsedTime(request.Received),
        };
        request.CompletionTokens = result.CompletionTokens;
        Charge(request, result, admitted: run?.QueueTime is not null);
        await AnswerAsync(request, parsed, answer, result);
    }

    /// <summary>Before the answer is complete, so that a client that has one has been charged, even if the process dies then.</summary>
    private void Charge(RequestInProgress request, GenerationResult result, bool admitted)
    {
        var cost = costs.Charge(request.Model!, result, admitted);
        request.Recorder?.Cost(cost.PromptUsd, cost.CompletionUsd);
        if (!options.CostInResponse)
            return;
        result.ToldCostUsd = cost.PromptUsd + cost.CompletionUsd;
        var response = request.Context.Response;
        if (!response.HasStarted)
            response.Headers["x-ryot-cost-usd"] = result.ToldCostUsd.Value.ToString("0.############", CultureInfo.InvariantCulture);
    }

    private string? FindTenant(HttpRequest request, string? keyName) => options.Tenants switch
    {
        null => null,
        { Source: TenantSource.ApiKey } => keyName,
        { Header: var header } => request.Headers[header].ToString() is { Length: > 0 } tenant ? tenant : null,
    };

    private static async Task AnswerAsync(RequestInProgress request, InferenceRequest parsed, IAnswer answer, GenerationResult result)
    {
        if (result.ClientGone)
        {
            request.End(RequestStatus.Partial, FinishReason.Cancelled);
            return;
        }
        var error = result.Error;
        if (error is not null && !parsed.AllowsPartialSuccess)
        {
            await answer.FailAsync(error);
            request.End(StatusOf(error), result.Reason, error.Cause);
            return;
        }
        if (!await answer.CompleteAsync(result))
            request.End(RequestStatus.Partial, FinishReason.Cancelled);
        else if (error is null)
            request.End(RequestStatus.Success, result.Reason);
        else
            request.End(result.FailedAltogether ? StatusOf(error) : RequestStatus.Partial, result.Reason, error.Cause);
    }

    private static async Task FailAsync(RequestInProgress request, ApiError error, FinishReason reason)
    {
        request.End(StatusOf(error), reason, error.Cause);
        // Where part of an answer is out already, the connection must not look complete.
        if (request.Answer is { HasWritten: true })
            request.Context.Abort();
        else
            await ErrorAnswer.WriteAsync(request.Context, error);
    }

    private static RequestStatus StatusOf(ApiError error) =>
        error.Cause == ErrorCause.Timeout ? RequestStatus.Timeout : RequestStatus.Error;

    private void Record(RequestInProgress request)
    {
        var finished = Clock.GetTimestamp();
        Start(request).Finish(finished, request.Status, request.Reason, request.Cause);
        if (!logger.IsEnabled(LogLevel.Information))
            return;
        var seconds = Clock.GetElapsedTime(request.Received, finished).TotalSeconds;
        var model = request.Model?.Id ?? RyotMetrics.UnknownModel;
        LogFinished(request.Context.TraceIdentifier, model, request.Status, request.Reason, request.CompletionTokens, seconds);
    }

    private RequestRecorder Start(RequestInProgress request) => request.Recorder ??= (request.Model?.Metrics ?? metrics.Unknown).StartRequest(
        request.Parsed?.Endpoint ?? request.Route.Endpoint,
        request.Parsed?.Mode ?? request.Route.Mode,
        request.Parsed?.Priority ?? PriorityLevel.Normal,
        request.Received,
        new ExemplarId(request.Context.TraceIdentifier),
        request.Parsed?.Operation ?? request.Route.Operation,
        request.Parsed?.Context ?? ContextType.Standard,
        request.Tenant);

    private static SequenceProgress[] CreateSequences(InferenceRequest parsed, ITokenizer tokenizer) =>
        [.. Enumerable.Range(0, parsed.Prompts.Count * parsed.SequencesPerPrompt)
            .Select(index => new SequenceProgress(index, tokenizer, parsed.Sampling.Logprobs is not null))];

    private AnswerContext CreateContext(RequestInProgress request, InferenceRequest parsed, ModelLease model, ITokenizer tokenizer) => new()
    {
        Id = AnswerContext.NewId(request.Route.IdPrefix),
        Created = Clock.GetUtcNow().ToUnixTimeSeconds(),
        Model = model.Id,
        Fingerprint = _fingerprint,
        Tokenizer = tokenizer,
        Request = parsed,
    };

    private long? FindDeadline(InferenceRequest parsed, long received)
    {
        var timeout = parsed.Timeout ?? options.Timeout;
        if (options.MaxTimeout is { } max && (timeout is null || timeout > max))
            timeout = max;
        return timeout is { } limit ? received + (long)(limit.TotalSeconds * Clock.TimestampFrequency) : null;
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Request {Id}: model {Model}, {Status} ({Reason}), {Tokens} tokens in {Seconds:F3} s.")]
    private partial void LogFinished(string id, string model, RequestStatus status, FinishReason reason, int tokens, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {Id} failed.")]
    private partial void LogFailed(string id, Exception exception);
}
