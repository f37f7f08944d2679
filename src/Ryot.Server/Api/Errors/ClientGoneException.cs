namespace Ryot.Server.Api.Errors;

/// <summary>The client went away before it had sent its request.</summary>
/// <param name="inner">How that showed.</param>
internal sealed class ClientGoneException(Exception inner) : Exception("The client is gone.", inner);
