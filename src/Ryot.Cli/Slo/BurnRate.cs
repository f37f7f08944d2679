namespace Ryot.Cli.Slo;

/// <summary>
/// One of the alerts on how fast an error budget is spent, as in Google's SRE workbook (multi-window, multi-burn-rate): it fires while the
/// rate is too high both over a long window, which tells that it matters, and over a short one, which tells that it goes on.
/// </summary>
/// <param name="Long">The long window.</param>
/// <param name="LongHours">Its hours.</param>
/// <param name="Short">The short window, a twelfth of it.</param>
/// <param name="BudgetPercent">How much of the budget may be gone after the long window.</param>
/// <param name="Severity">The alert's severity.</param>
/// <param name="For">How long before the alert fires.</param>
internal sealed record BurnRate(string Long, int LongHours, string Short, int BudgetPercent, string Severity, string For)
{
    /// <summary>Over 30 days: 14.4, 6, 3 and 1 times the rate that would just spend the budget.</summary>
    public static IReadOnlyList<BurnRate> All { get; } =
    [
        new("1h", 1, "5m", 2, "critical", "2m"),
        new("6h", 6, "30m", 5, "critical", "2m"),
        new("1d", 24, "2h", 10, "warning", "15m"),
        new("3d", 72, "6h", 10, "warning", "15m"),
    ];

    /// <summary>How many times faster than allowed the budget is spent.</summary>
    public decimal Factor(int windowDays) => BudgetPercent * windowDays * 24m / (100 * LongHours);
}
