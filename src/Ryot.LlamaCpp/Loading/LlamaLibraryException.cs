namespace Ryot.LlamaCpp;

/// <summary>The native llama.cpp libraries could not be loaded, or they are of another release than this binding is made for.</summary>
public sealed class LlamaLibraryException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was found and what is needed.</param>
    /// <param name="innerException">The loader's own error, if there is one.</param>
    public LlamaLibraryException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
