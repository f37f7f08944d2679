namespace Ryot.LlamaCpp;

/// <summary>Why a model could not be loaded.</summary>
public enum ModelLoadFailure
{
    /// <summary>There is no file of that name.</summary>
    FileNotFound,

    /// <summary>The file cannot be opened or read: permissions, a folder, an I/O error.</summary>
    FileUnreadable,

    /// <summary>The file does not begin as a GGUF file does (an empty file included).</summary>
    NotGguf,

    /// <summary>A version of the format that llama.cpp does not read, or the other byte order.</summary>
    UnsupportedVersion,

    /// <summary>The file ends before what its header announces.</summary>
    Truncated,

    /// <summary>The file contradicts itself or holds values that cannot be.</summary>
    Corrupt,

    /// <summary>A model of an architecture that this llama.cpp does not know.</summary>
    UnknownArchitecture,

    /// <summary>llama.cpp refused the model; the message has what it logged.</summary>
    Refused,
}

/// <summary>A model could not be loaded; the message says why in words for an operator.</summary>
public sealed class ModelLoadException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The model's file.</param>
    /// <param name="reason">The kind of failure.</param>
    /// <param name="message">What is wrong, in a sentence that names the file.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ModelLoadException(string path, ModelLoadFailure reason, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Path = path;
        Reason = reason;
    }

    /// <summary>The model's file.</summary>
    public string Path { get; }

    /// <summary>The kind of failure.</summary>
    public ModelLoadFailure Reason { get; }
}
