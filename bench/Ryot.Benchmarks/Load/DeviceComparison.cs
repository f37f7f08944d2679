using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.Engine.Devices;
using Ryot.Engine.Llama;
using Ryot.LlamaCpp;
using Ryot.Metrics;
using Ryot.Testing.Nvml;

namespace Ryot.Benchmarks.Load;

/// <summary>What it costs to sample eight GPUs with all that they can tell. A library stands in for the driver's.</summary>
internal static class DeviceComparison
{
    private const int Gpus = 8;
    private const int Links = 18;
    private const int Pairs = 15;
    private const int Streams = 8;
    private const int Tokens = 300;

    private static readonly TimeSpan _usual = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _often = TimeSpan.FromMilliseconds(100);

    /// <summary><c>devices MODEL</c>: processor time of a sample, and tokens a second with sampling and without, in pairs.</summary>
    public static async Task RunAsync(string path)
    {
        LlamaLibrary.Load(null, NullLoggerFactory.Instance);
        var script = string.Join('\n', Enumerable.Range(0, Gpus).Select(Describe));
        using var library = new NvmlStandIn(script, isFixed: true);
        var backend = new LlamaBackend(NullLoggerFactory.Instance, TimeProvider.System);
        Console.WriteLine($"A call into the library that stands in: {MeasureCall(library.Path) * 1e6:0.0} us of processor time");
        Console.WriteLine($"\n{Gpus} GPUs with {Links} NVLinks each, and cpu; ms of processor time a sample of all: min, median, max of 5 runs");
        var samples = new List<double>();
        for (var run = 0; run < 5; run++)
            samples.Add(await MeasureSampleAsync(library, backend));
        LoadComparison.Report("a sample", samples.Select(seconds => seconds * 1e3), "0.00");
        Console.WriteLine("  in % of a core, every 5 s: " + string.Join(' ', samples.Select(seconds => (seconds / 5 * 100).ToString("0.000", CultureInfo.InvariantCulture))));
        foreach (var interval in new[] { _usual, _often })
            await CompareAsync(path, library, backend, interval);
    }

    private static string Describe(int gpu) => $"""
        device
        uuid GPU-{gpu}
        pci 00000000:{gpu:X2}:00.0
        total 80000000000
        used 30000000000
        utilization 87
        power 250500
        energy 5000000
        temperature 61
        memory_temperature 78
        sm_clock 1410
        throttle 0
        ecc_corrected 0
        ecc_uncorrected 0
        pcie_replays 0
        pcie_rx 5000
        pcie_tx 5000
        nvlinks{string.Concat(Enumerable.Repeat(" 1", Links))}
        nvlink_rx 5000
        nvlink_tx 5000
        nvlink_errors 0:0:0
        processes 1:100
        """;

    /// <summary>Processor time of a call, which is what the library takes to find its answer.</summary>
    private static unsafe double MeasureCall(string path)
    {
        const int Calls = 20_000;
        var library = NativeLibrary.Load(path);
        ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "nvmlInit_v2"))();
        var power = (delegate* unmanaged[Cdecl]<nint, uint*, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetPowerUsage");
        uint milliwatts;
        var before = Environment.CpuUsage.TotalTime;
        for (var call = 0; call < Calls; call++)
            power((call % Gpus) + 1, &milliwatts);
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds / Calls;
    }

    private static async Task<double> MeasureSampleAsync(NvmlStandIn library, LlamaBackend backend)
    {
        using var metrics = new RyotMetrics(TimeProvider.System, new MetricsOptions());
        var readings = new DeviceReadings();
        using var sampler = Start(library, backend, metrics, readings, _often);
        await Task.Delay(TimeSpan.FromSeconds(2));
        var before = Environment.CpuUsage.TotalTime;
        await Task.Delay(_often * 100);
        var used = Environment.CpuUsage.TotalTime - before;
        if (readings.All.Count != Gpus + 1 || readings.All.Any(device => device.Reading is null))
            throw new InvalidOperationException("Not all devices were sampled.");
        return used.TotalSeconds / 100;
    }

    private static async Task CompareAsync(string path, NvmlStandIn library, LlamaBackend backend, TimeSpan interval)
    {
        await using var engine = new EngineLoad(path, 4096, Streams, 1);
        await engine.StartAsync();
        var prompts = Enumerable.Range(0, Streams).Select(i => engine.Tokenize($"Once upon a time there were {i} friends.")).ToArray();
        var ratios = new List<double>();
        var noise = new List<double>();
        for (var pair = -1; pair < Pairs; pair++)
        {
            var first = await engine.RunAsync(prompts, Tokens);
            double sampled;
            using (Start(library, backend, engine.Metrics, new DeviceReadings(), interval))
                sampled = await engine.RunAsync(prompts, Tokens);
            var second = await engine.RunAsync(prompts, Tokens);
            // The first pair warms up.
            if (pair < 0)
                continue;
            ratios.Add(sampled / ((first + second) / 2));
            noise.Add(first / second);
        }
        Console.WriteLine($"\n{Streams} streams of {Tokens} tokens, 1 thread, sampled every {interval.TotalSeconds} s, {Pairs} pairs; ratios of tokens/s: min, median, max");
        LoadComparison.Report("sampled / not", ratios, "0.000");
        LoadComparison.Report("not / not, the noise", noise, "0.000");
        Console.WriteLine("  all: " + string.Join(' ', ratios.Select(ratio => ratio.ToString("0.000", CultureInfo.InvariantCulture))));
    }

    private static DeviceSampler Start(NvmlStandIn library, LlamaBackend backend, RyotMetrics metrics, DeviceReadings readings, TimeSpan interval)
    {
        var options = new DeviceSamplerOptions { Interval = interval, NvmlPath = library.Path };
        var sampler = new DeviceSampler(options, backend, metrics, readings, TimeProvider.System, NullLoggerFactory.Instance);
        sampler.Start();
        return sampler;
    }
}
