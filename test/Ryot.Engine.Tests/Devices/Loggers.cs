using Microsoft.Extensions.Logging;
using Ryot.Server.Tests.Support;

namespace Ryot.Engine.Tests.Devices;

/// <summary>Loggers that all write to one recorder.</summary>
internal sealed class Loggers(LogRecorder log) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => log.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
