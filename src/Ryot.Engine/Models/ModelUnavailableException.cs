namespace Ryot.Engine.Models;

/// <summary>A model could not be loaded.</summary>
/// <param name="message">What was wrong and what would be right.</param>
/// <param name="inner">The cause, if there is one.</param>
public sealed class ModelUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
