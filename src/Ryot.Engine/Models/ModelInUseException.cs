namespace Ryot.Engine.Models;

/// <summary>A model cannot be unloaded, since it has requests.</summary>
/// <param name="message">What was wrong and what would be right.</param>
public sealed class ModelInUseException(string message) : Exception(message);
