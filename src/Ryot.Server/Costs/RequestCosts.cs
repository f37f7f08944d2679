using System.Runtime.CompilerServices;
using Ryot.Engine.Models;
using Ryot.Metrics;
using Ryot.Server.Generation;

namespace Ryot.Server.Costs;

/// <summary>Charges requests by the rates of their model, which may change while the server runs.</summary>
/// <param name="ledger">Counts the volume of tiered rates.</param>
/// <param name="clock">Tells the month.</param>
internal sealed class RequestCosts(IVolumeLedger ledger, TimeProvider clock)
{
    private readonly ConditionalWeakTable<CostOptions, ICostModel> _rates = [];

    /// <summary>Charges a request, whatever its end, for the tokens that were processed. Called once for each.</summary>
    /// <param name="model">The model.</param>
    /// <param name="result">What the request used.</param>
    /// <param name="admitted">Whether it ever ran; otherwise its prompts cost nothing.</param>
    public TokenCost Charge(ModelHost model, GenerationResult result, bool admitted)
    {
        if (!admitted)
            return default;
        var usage = new TokenUsage(
            result.TotalPromptTokens,
            result.CompletionTokens,
            Time(result.Sequences.Sum(sequence => sequence.PromptTicks)),
            Time(result.Sequences.Sum(sequence => sequence.CompletionTicks)));
        return _rates.GetValue(model.Options.Cost, cost => cost.Create(ledger)).Charge(model.Id, usage, clock.GetUtcNow());
    }

    private TimeSpan Time(long ticks) => clock.GetElapsedTime(0, ticks);
}
