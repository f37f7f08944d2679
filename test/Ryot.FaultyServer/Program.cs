using System.Diagnostics;
using Ryot.Engine.Models;
using Ryot.Server;
using Ryot.Server.Configuration;
using Ryot.Testing.Faults;

FaultyBackend? backend = null;
WebApplication app;
try
{
    app = RyotServer.Build(args, builder =>
    {
        var real = builder.Services.Last(service => service.ServiceType == typeof(IModelBackend));
        builder.Services.Remove(real);
        builder.Services.AddSingleton<IModelBackend>(
            services => backend = new FaultyBackend((IModelBackend)real.ImplementationFactory!(services)));
    });
}
catch (ConfigurationException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}

app.MapPost("/test/faults/{model}", (string model, string names) =>
{
    foreach (var name in names.Split(','))
        backend!.Of(model).Add(Enum.Parse<Fault>(name));
});
app.MapPost("/test/end-hang/{model}", (string model) => backend!.Of(model).EndHang());
app.MapPost("/test/fail-loads/{model}", (string model, int count) => backend!.Of(model).FailLoads(count));
app.MapPost("/test/clear/{model}", (string model) => backend!.Of(model).Clear());
app.MapPost("/test/pass-delay/{model}", (string model, int milliseconds) => backend!.Of(model).PassDelay = TimeSpan.FromMilliseconds(milliseconds));
app.MapGet("/test/faults/{model}", (string model) =>
{
    var faults = backend!.Of(model);
    return $"{{\"happened\":{faults.Happened},\"coming\":{faults.Coming},\"hanging\":{(faults.IsHanging ? "true" : "false")},\"loads\":{faults.Loads},\"loaded\":{faults.Loaded},\"busy_ticks\":{faults.Busy.Ticks}}}";
});
app.MapGet("/test/process", () =>
{
    GC.Collect();
    GC.WaitForPendingFinalizers();
    GC.Collect();
    using var process = Process.GetCurrentProcess();
    return $"{{\"managed\":{GC.GetTotalMemory(false)},\"resident\":{process.WorkingSet64},\"threads\":{process.Threads.Count},\"handles\":{Directory.GetFiles("/proc/self/fd").Length}}}";
});
await app.RunAsync();
return 0;
