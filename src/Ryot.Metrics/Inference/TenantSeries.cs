namespace Ryot.Metrics;

/// <summary>
/// The series of a model that name the tenant, for one tenant: requests, tokens and cost. Without <see cref="TenantOptions"/> a model
/// has one of these, whose series have no such label.
/// </summary>
internal sealed class TenantSeries
{
    private static readonly int _errorTypes = Wire.CoarseErrors.Length + 1;

    private readonly string _tenant;
    private readonly Counter?[] _requests;
    private volatile CostSeries? _cost;

    /// <summary>Makes every combination that can occur, at 0.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tenant">The tenant; empty for requests without one.</param>
    internal TenantSeries(ModelMetrics model, string tenant)
    {
        Model = model;
        Frequency = model.Owner.Clock.TimestampFrequency;
        BatchedUpdates = model.Owner.BatchedUpdates;
        _tenant = tenant;
        _requests = new Counter?[Wire.Endpoints.Length * Wire.Statuses.Length * _errorTypes];
        foreach (var endpoint in Enum.GetValues<InferenceEndpoint>())
        {
            Add(endpoint, RequestStatus.Success, null);
            Add(endpoint, RequestStatus.Partial, null);
            Add(endpoint, RequestStatus.Timeout, ErrorCause.Timeout);
            foreach (var cause in Enum.GetValues<ErrorCause>())
            {
                Add(endpoint, RequestStatus.Partial, cause);
                if (cause != ErrorCause.Timeout)
                    Add(endpoint, RequestStatus.Error, cause);
            }
        }

        PromptTokens = [];
        CompletionTokens = [];

        void Add(InferenceEndpoint endpoint, RequestStatus status, ErrorCause? cause)
        {
            var error = cause is { } known ? Wire.CoarseErrors[Wire.CoarseError(known)] : "";
            _requests[Index(endpoint, status, cause)] = Families.Requests.WithLabels(
                Labels(model.ModelId, Wire.Statuses[(int)status], Wire.Endpoints[(int)endpoint], error));
        }
    }

    /// <summary>The model whose series they are.</summary>
    internal ModelMetrics Model { get; }

    /// <summary>Ticks of the clock in a second; here, since it is read for each token.</summary>
    internal long Frequency { get; }

    /// <summary>Whether completion tokens wait to be flushed; here for the same reason.</summary>
    internal bool BatchedUpdates { get; }

    /// <summary>By generation mode; empty for unknown models.</summary>
    internal Counter[] PromptTokens { get; private set; }

    /// <summary>By generation mode; empty for unknown models.</summary>
    internal Counter[] CompletionTokens { get; private set; }

    private InferenceFamilies Families => Model.Owner.Families;

    /// <summary>The counter of requests that ended so.</summary>
    internal Counter Requests(InferenceEndpoint endpoint, RequestStatus status, ErrorCause? cause) => _requests[Index(endpoint, status, cause)]!;

    /// <summary>Makes the series of tokens, which unknown models do not have.</summary>
    internal void AddTokens()
    {
        PromptTokens = ByMode("prompt");
        CompletionTokens = ByMode("completion");
        var tokens = Families.Tokens;
        // Prompt and completion in one are the total.
        if (tokens.Merges("token_type"))
            return;
        // One series for all modes is already their sum.
        var modes = tokens.Merges("generation_mode") ? 1 : Wire.Modes.Length;
        for (var mode = 0; mode < modes; mode++)
        {
            var prompt = PromptTokens[mode];
            var completion = CompletionTokens[mode];
            tokens.Compute(() => prompt.Value + completion.Value, Labels(Model.ModelId, "total", Wire.Modes[mode]));
        }
    }

    /// <summary>Makes the series of a cost model, at 0, and removes those of the one before that were never added to.</summary>
    internal void SetCostModel(CostModelKind kind)
    {
        var cost = Families.Cost;
        var kindName = Wire.CostModels[(int)kind];
        var next = new CostSeries(
            kindName, cost.WithLabels(CostLabels("prompt", kindName)), cost.WithLabels(CostLabels("completion", kindName)));
        var before = _cost;
        _cost = next;
        if (before is null)
            return;
        if (before.Prompt != next.Prompt && before.Prompt.Value == 0)
            cost.Remove(CostLabels("prompt", before.Kind));
        if (before.Completion != next.Completion && before.Completion.Value == 0)
            cost.Remove(CostLabels("completion", before.Kind));
    }

    /// <summary>Adds the cost of a request.</summary>
    /// <returns>False when the model has no cost model.</returns>
    internal bool TryAddCost(double promptUsd, double completionUsd)
    {
        if (_cost is not { } cost)
            return false;
        cost.Prompt.Add(promptUsd);
        cost.Completion.Add(completionUsd);
        return true;
    }

    private static int Index(InferenceEndpoint endpoint, RequestStatus status, ErrorCause? cause)
    {
        var error = cause is { } known ? Wire.CoarseError(known) + 1 : 0;
        return ((((int)endpoint * Wire.Statuses.Length) + (int)status) * _errorTypes) + error;
    }

    private Counter[] ByMode(string tokenType)
        => [.. Wire.Modes.Select(mode => Families.Tokens.WithLabels(Labels(Model.ModelId, tokenType, mode)))];

    private string[] CostLabels(string tokenType, string kind) => Labels(Model.ModelId, tokenType, kind);

    private string[] Labels(params string[] values) => Families.HasTenants ? [.. values, _tenant] : values;

    private sealed record CostSeries(string Kind, DoubleCounter Prompt, DoubleCounter Completion);
}
