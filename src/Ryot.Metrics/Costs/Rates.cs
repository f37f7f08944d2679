using System.Runtime.CompilerServices;

namespace Ryot.Metrics;

/// <summary>Prices for each 1000 tokens.</summary>
internal static class Rates
{
    private const double Unit = 1000;

    internal static double Cost(long tokens, double usdPerThousand) => tokens * usdPerThousand / Unit;

    /// <summary>Gives the price if it can be one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, infinite or NaN.</exception>
    internal static double Checked(double usd, [CallerArgumentExpression(nameof(usd))] string? name = null)
        => usd >= 0 && double.IsFinite(usd)
            ? usd
            : throw new ArgumentOutOfRangeException(name, usd, "A price is a number of US dollars that is not negative.");
}
