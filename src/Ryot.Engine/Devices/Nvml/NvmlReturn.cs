namespace Ryot.Engine.Devices.Nvml;

/// <summary>What NVML's functions return; those values that are told apart here.</summary>
internal enum NvmlReturn
{
    Success = 0,
    Uninitialized = 1,
    InvalidArgument = 2,
    NotSupported = 3,
    NoPermission = 4,
    NotFound = 6,
    InsufficientSize = 7,
    DriverNotLoaded = 9,
    Timeout = 10,
    FunctionNotFound = 13,
    GpuIsLost = 15,
    ResetRequired = 16,
    ArgumentVersionMismatch = 25,
    GpuNotFound = 28,
}
