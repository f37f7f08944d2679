namespace Ryot.Cli.Dashboards;

/// <summary>The service level objectives that panels draw as thresholds: the defaults of <c>monitoring/slo/objectives.yaml</c>.</summary>
internal static class SloTargets
{
    public static Thresholds LatencyP95 { get; } = Thresholds.Below(0.5);

    public static Thresholds LatencyP99 { get; } = Thresholds.Below(2.5);

    public static Thresholds TtftP95 { get; } = Thresholds.Below(0.05);

    /// <summary>The server's limit for the time per output token.</summary>
    public static Thresholds TimePerOutputToken { get; } = Thresholds.Below(0.05);

    public static Thresholds TokensPerSecond { get; } = Thresholds.AtLeast(100);

    public static Thresholds SuccessRatio { get; } = Thresholds.AtLeast(0.999);

    public static Thresholds ErrorRatio { get; } = Thresholds.Below(0.001);

    public static Thresholds MemoryPercent { get; } = Thresholds.Below(85);

    public static Thresholds Waiting { get; } = Thresholds.Below(50);
}
