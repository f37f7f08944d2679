using Ryot.Engine.Models;
using Ryot.Metrics;

namespace Ryot.Server.Configuration;

/// <summary>Reads what requests cost, and what they are measured by.</summary>
internal static class RatesReader
{
    private const double HighestPrice = 1_000_000;

    /// <summary>Reads an object <c>Cost</c>. An object replaces the rates of <paramref name="otherwise"/> as a whole.</summary>
    public static CostOptions ReadCost(SectionReader reader, CostOptions otherwise)
    {
        if (!reader.Exists)
            return otherwise;
        var kind = reader.Name("Model", CostModelKind.FixedRate);
        var defaults = new CostOptions();
        var cost = defaults with
        {
            Model = kind,
            PromptPer1000 = reader.Number("PromptPer1000", defaults.PromptPer1000, 0, HighestPrice),
            CompletionPer1000 = reader.Number("CompletionPer1000", defaults.CompletionPer1000, 0, HighestPrice),
            MachinePricePerHour = reader.Number("MachinePricePerHour", 0, 0, HighestPrice),
            Tiers = ReadTiers(reader),
        };
        if (kind == CostModelKind.Tiered && cost.Tiers.Count == 0)
            reader.Problem("Tiers", "is missing: tiered rates need at least one tier");
        if (kind == CostModelKind.Dynamic && reader.Text("MachinePricePerHour") is null)
            reader.Problem("MachinePricePerHour", "is missing: dynamic rates follow from it");
        reader.FindUnknownKeys();
        return cost;
    }

    /// <summary>Reads an object <c>Objectives</c>. What it does not name stays as in <paramref name="otherwise"/>; 0 or null is none.</summary>
    public static ServiceObjectives ReadObjectives(SectionReader reader, ServiceObjectives otherwise)
    {
        if (!reader.Exists)
            return otherwise;
        var objectives = new ServiceObjectives
        {
            Latency = Limit("LatencySeconds", otherwise.Latency),
            FirstToken = Limit("FirstTokenSeconds", otherwise.FirstToken),
            TimePerOutputToken = Limit("TimePerOutputTokenSeconds", otherwise.TimePerOutputToken),
        };
        reader.FindUnknownKeys();
        return objectives;

        TimeSpan? Limit(string key, TimeSpan? limit)
        {
            if (reader.IsNull(key))
                return null;
            var read = reader.Seconds(key, limit ?? TimeSpan.Zero, 0);
            return read > TimeSpan.Zero ? read : null;
        }
    }

    private static List<CostTier> ReadTiers(SectionReader reader)
    {
        var tiers = new List<CostTier>();
        long? from = 0;
        foreach (var entry in reader.Entries("Tiers"))
        {
            if (from is not { } begin)
            {
                reader.Problem("Tiers", "only the last tier has no UpTo, since it goes on for ever");
                return tiers;
            }
            var upTo = entry.Text("UpTo") is null ? (long?)null : entry.Integer("UpTo", begin + 1, 1, long.MaxValue);
            if (upTo <= begin)
                entry.Problem("UpTo", $"{upTo} is not more than the {begin} tokens at which this tier begins");
            tiers.Add(new CostTier(
                begin, entry.Number("PromptPer1000", 0, 0, HighestPrice), entry.Number("CompletionPer1000", 0, 0, HighestPrice)));
            entry.FindUnknownKeys();
            from = upTo;
        }
        if (tiers.Count > 0 && from is not null)
            reader.Problem("Tiers", "the last tier must have no UpTo: every volume has a rate");
        return tiers;
    }
}
