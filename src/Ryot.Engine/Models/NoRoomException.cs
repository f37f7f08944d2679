using System.Diagnostics.CodeAnalysis;

namespace Ryot.Engine.Models;

/// <summary>A model is not loaded at start since others take the memory; that is no failure.</summary>
/// <param name="message">The figures.</param>
[SuppressMessage("Design", "CA1064:Exceptions should be public", Justification = "The host turns it into what those who wait are told.")]
internal sealed class NoRoomException(string message) : Exception(message);
