using BenchmarkDotNet.Running;
using Ryot.Benchmarks.Load;

switch (args)
{
    case ["load", var model]:
        await LoadComparison.RunAsync(model, tokens: 300);
        break;
    case ["metrics", var model]:
        await LoadComparison.RunMetricsAsync(model);
        break;
    case ["decode", var model]:
        LoadComparison.RunDecode(model);
        break;
    case ["profile", var model]:
        await ProfileComparison.RunAsync(model);
        break;
    case ["prefix", var model]:
        PrefixComparison.Run(model);
        break;
    case ["serve-prefix", var model]:
        await PrefixServing.RunAsync(model);
        break;
    case ["devices", var model]:
        await DeviceComparison.RunAsync(model);
        break;
    case ["load" or "metrics" or "decode" or "profile" or "prefix" or "serve-prefix" or "devices", ..]:
        Console.Error.WriteLine("Usage: load | metrics | decode | profile | prefix | serve-prefix | devices, each with MODEL.gguf; or BenchmarkDotNet's own arguments");
        return 2;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(LoadComparison).Assembly).Run(args);
        break;
}
return 0;
