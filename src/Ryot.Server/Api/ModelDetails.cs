using System.Text.Json;
using Ryot.Engine.Models;

namespace Ryot.Server.Api;

/// <summary>Writes what a loaded model is and can hold.</summary>
internal static class ModelDetails
{
    /// <summary>Writes property <c>details</c>.</summary>
    public static void Write(Utf8JsonWriter json, ModelInfo info)
    {
        json.WriteStartObject("details"u8);
        json.WriteString("architecture"u8, info.Architecture);
        json.WriteString("quantization"u8, info.Quantization);
        json.WriteNumber("parameters"u8, info.Parameters);
        json.WriteNumber("size_bytes"u8, info.SizeBytes);
        json.WriteNumber("context_length"u8, info.MaxSequenceLength);
        json.WriteNumber("trained_context_length"u8, info.TrainedContextLength);
        json.WriteNumber("kv_capacity_tokens"u8, info.KvCapacity);
        json.WriteNumber("parallel"u8, info.MaxSequences);
        json.WriteNumber("batch_tokens"u8, info.MaxBatchTokens);
        json.WriteString("device"u8, info.Device.ToString().ToLowerInvariant());
        json.WriteEndObject();
    }
}
