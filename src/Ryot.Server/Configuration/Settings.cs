namespace Ryot.Server.Configuration;

/// <summary>Everything that can be configured.</summary>
internal static class Settings
{
    public const string Section = "Ryot";

    public static readonly Setting Config = new("config", "PATH", "A configuration file (JSON) beside appsettings.json, which wins over it. Watched for changes.");
    public static readonly Setting Model = new("model", "PATH", "The GGUF file to serve. Default: models/ryot-tiny.gguf beside the program.") { NeedsRestart = false };
    public static readonly Setting ModelId = new("model-id", "NAME", "Name of the model in the API and in metrics. Default: the file's name.") { NeedsRestart = false };
    public static readonly Setting Alias = new("alias", "NAME", "Another name for the model.") { Repeats = true, NeedsRestart = false };

    public static readonly Setting ChatTemplate = new(
        "chat-template", "TEMPLATE", "Name or text of a chat template that llama.cpp knows, instead of the file's. Example: chatml.")
    {
        NeedsRestart = false,
    };

    public static readonly Setting Urls = new("urls", "URL", "Where to listen. Default: http://127.0.0.1:8080.") { Repeats = true };

    public static readonly Setting MetricsUrls = new("metrics-urls", "URL", "Where to serve /metrics and /health instead; /health stays on the main port too.")
    {
        Repeats = true,
    };

    public static readonly Setting ContextLength = new("context-length", "TOKENS", "KV cache shared by all sequences; 0 chooses. Default: 0.") { NeedsRestart = false };
    public static readonly Setting Parallel = new("parallel", "N", "Most sequences that run at once. Default: 16.") { NeedsRestart = false };
    public static readonly Setting Threads = new("threads", "N", "Threads that compute; 0 chooses for the machine. Default: 0.") { NeedsRestart = false };
    public static readonly Setting BatchTokens = new("batch-tokens", "N", "Most tokens in one forward pass. Default: 512.") { NeedsRestart = false };
    public static readonly Setting MicroBatchTokens = new("micro-batch-tokens", "N", "Most tokens computed at a time within a pass; 0 is all. Default: 0.") { NeedsRestart = false };
    public static readonly Setting NoPrefixCache = new("no-prefix-cache", null, "Compute every prompt anew although another began alike.") { NeedsRestart = false };
    public static readonly Setting PrefixCacheTokens = new("prefix-cache-tokens", "TOKENS", "Most KV cells that are kept only for reuse; 0 chooses. Default: 0.") { NeedsRestart = false };
    public static readonly Setting GpuLayers = new("gpu-layers", "N", "Layers to put on a GPU; -1 is all of them where there is one. Default: -1.") { NeedsRestart = false };

    public static readonly Setting AllowFewerGpuLayers = new("allow-fewer-gpu-layers", null, "Load a model that does not fit on the GPU with fewer layers there.") { NeedsRestart = false };

    public static readonly Setting MemoryBudget = new("memory-budget", "BYTES", "Memory that all loaded models may take together: 8GiB, or cpu=8GiB,gpu=24GiB. Default: no limit.")
    {
        Repeats = true,
        NeedsRestart = false,
    };
    public static readonly Setting IdleTimeout = new("idle-timeout", "SECONDS", "A model that nobody used for so long leaves memory; 0 keeps it. Default: 0.") { NeedsRestart = false };
    public static readonly Setting EvictionPatience = new("eviction-patience", "SECONDS", "How long a load waits for idle models before busy ones have to make room. Default: 5.") { NeedsRestart = false };

    public static readonly Setting QueueLimit = new("queue-limit", "N", "Requests that may wait; one more is answered 429. Default: 256.") { NeedsRestart = false };
    public static readonly Setting MaxSequencesPerRequest = new("max-sequences-per-request", "N", "Most answers (prompts times n) in one request. Default: 256.");
    public static readonly Setting Timeout = new("timeout", "SECONDS", "Deadline of a request that names none, waiting included; 0 is none. Default: 300.");
    public static readonly Setting MaxTimeout = new("max-timeout", "SECONDS", "Longest deadline that a request may ask for; 0 is any. Default: 3600.");
    public static readonly Setting StopTimeout = new("stop-timeout", "SECONDS", "How long running requests may go on when the server stops. Default: 30.");
    public static readonly Setting SlowClientTimeout = new("slow-client-timeout", "SECONDS", "A client that reads nothing for so long is cut off. Default: 30.");
    public static readonly Setting StallTimeout = new("stall-timeout", "SECONDS", "Not ready when the engine has had work for so long without a step. Default: 30.");
    public static readonly Setting MaxBodyBytes = new("max-body-bytes", "BYTES", "Largest request body; a larger one is answered 413. Default: 16777216.");

    public static readonly Setting ApiKey = new("api-key", "KEY", "A key that clients must send (Authorization: Bearer KEY); several with commas.")
    {
        Repeats = true,
    };

    public static readonly Setting ApiKeyFile = new("api-key-file", "PATH", "A file with one key on each line.");
    public static readonly Setting NoApiKey = new("no-api-key", null, "Serve everyone without a key although others than this machine can connect.");

    public static readonly Setting AdminKey = new("admin-key", "KEY", "A key that opens /admin; several with commas. Without one, /admin is closed.")
    {
        Repeats = true,
    };

    public static readonly Setting AdminKeyFile = new("admin-key-file", "PATH", "A file with one such key on each line.");

    public static readonly Setting MetricBounds = new("metric-bounds", "NAME=BOUNDS", "A histogram's buckets, for example ryot_ttft_latency_seconds=0.01,0.1,1.")
    {
        Repeats = true,
        Separators = [';'],
    };

    public static readonly Setting LlamaCpp = new("llama-cpp", "FOLDER", "Folder of llama.cpp's libraries to use instead of those beside the program.");

    public static readonly Setting KvTypeK = new("kv-type-k", "TYPE", "How the KV cache stores keys: F16, Q8_0, Q4_0 and others. Default: F16.") { NeedsRestart = false };
    public static readonly Setting KvTypeV = new("kv-type-v", "TYPE", "How the KV cache stores values. Default: F16.") { NeedsRestart = false };
    public static readonly Setting FlashAttention = new("flash-attention", "WHEN", "Compute attention by fused kernels: auto, on or off. Default: auto.") { NeedsRestart = false };
    public static readonly Setting ProfileEvery = new("profile-every", "N", "Profile one forward pass in N; 0 is none. Default: 512.") { NeedsRestart = false };
    public static readonly Setting DetailSampling = new("detail-sampling", "N", "Record details (histograms of tokens' gaps) of one request in N. Default: 1.");

    public static readonly Setting AggregateLabel = new("aggregate-label", "METRIC=LABEL", "A label to leave out of a counter or histogram, to have fewer series.")
    {
        Repeats = true,
    };

    public static readonly Setting NoBatchedUpdates = new("no-batched-updates", null, "Count each token by itself rather than those of a step together.");
    public static readonly Setting CostLedger = new("cost-ledger", "PATH", "A SQLite file, made if missing, that keeps token volumes for tiered rates.");
    public static readonly Setting CostInResponse = new("cost-in-response", null, "Tell clients what their request cost: in a header, and as part of its usage.");

    public static readonly Setting DeviceInterval = new("device-interval", "SECONDS", "How often GPUs and the processor are sampled for metrics; 0 is never. Default: 5.");
    public static readonly Setting Nvml = new("nvml", "PATH", "NVIDIA's management library to use instead of the driver's (libnvidia-ml.so.1, nvml.dll).");
    public static readonly Setting Sysfs = new("sysfs", "FOLDER", "Where the kernel shows AMD's GPUs and the processor's energy. Default: /sys.");

    /// <summary>Objects of the configuration file that no switch stands for.</summary>
    public static readonly IReadOnlyList<string> Sections =
        [ModelsReader.Key, Section + ":Cost", Section + ":Objectives", KeysReader.NamedKeys, MetricsReader.TenantsKey];

    /// <summary>Those whose changes take effect only when the server is started again.</summary>
    public static readonly IReadOnlyList<string> SectionsThatNeedRestart = [KeysReader.NamedKeys, MetricsReader.TenantsKey];

    public static readonly IReadOnlyList<Setting> All =
    [
        Config, Model, ModelId, Alias, ChatTemplate, Urls, MetricsUrls, ContextLength, Parallel, Threads, BatchTokens, MicroBatchTokens, GpuLayers, AllowFewerGpuLayers,
        KvTypeK, KvTypeV, FlashAttention, NoPrefixCache, PrefixCacheTokens, ProfileEvery, MemoryBudget, IdleTimeout, EvictionPatience, QueueLimit, MaxSequencesPerRequest, Timeout, MaxTimeout,
        StopTimeout, SlowClientTimeout, StallTimeout, MaxBodyBytes, ApiKey, ApiKeyFile, NoApiKey, AdminKey, AdminKeyFile, MetricBounds,
        DetailSampling, AggregateLabel, NoBatchedUpdates, CostLedger, CostInResponse, LlamaCpp, DeviceInterval, Nvml, Sysfs,
    ];
}
