namespace Ryot.Testing.Faults;

/// <summary>What can go wrong in the next forward pass.</summary>
public enum Fault
{
    /// <summary>Memory of the device runs out.</summary>
    OutOfMemory,

    /// <summary>The library says that the pass failed.</summary>
    DecodeError,

    /// <summary>The runner throws.</summary>
    Exception,

    /// <summary>The pass is computed, but its first sequence cannot be sampled.</summary>
    SamplingError,

    /// <summary>The pass does not come back until <see cref="FaultInjection.EndHang"/>, or until it is interrupted.</summary>
    Hang,
}
