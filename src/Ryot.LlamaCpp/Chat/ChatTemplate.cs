using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp;

/// <summary>One message of a chat.</summary>
/// <param name="Role">Who says it: <c>system</c>, <c>user</c>, <c>assistant</c>.</param>
/// <param name="Content">The text.</param>
public readonly record struct ChatMessage(string Role, string Content);

/// <summary>llama.cpp knows none of the template's forms: it has no Jinja engine but recognizes common templates by their text.</summary>
public sealed class ChatTemplateException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was not recognized.</param>
    public ChatTemplateException(string message)
        : base(message)
    {
    }
}

/// <summary>Turns the messages of a chat into the text that a model was trained on. Can be used from any thread.</summary>
public static unsafe class ChatTemplate
{
    private static readonly Lazy<IReadOnlyList<string>> _builtIn = new(ReadBuiltIn);

    /// <summary>The names of the templates that llama.cpp has, e.g. <c>chatml</c>, <c>llama3</c>.</summary>
    public static IReadOnlyList<string> BuiltIn
    {
        get
        {
            LlamaLibrary.ThrowIfNotLoaded();
            return _builtIn.Value;
        }
    }

    /// <summary>Whether llama.cpp recognizes a template.</summary>
    /// <param name="templateOrName">A Jinja template, or a name of <see cref="BuiltIn"/>.</param>
    public static bool IsSupported(string templateOrName)
    {
        ArgumentNullException.ThrowIfNull(templateOrName);
        LlamaLibrary.ThrowIfNotLoaded();
        return Apply(templateOrName, [new ChatMessage("user", "")], addAssistant: false, []) >= 0;
    }

    /// <summary>The chat as one text, to be tokenized with special tokens parsed.</summary>
    /// <param name="templateOrName">A Jinja template, a name of <see cref="BuiltIn"/>, or null for <c>chatml</c>.</param>
    /// <param name="messages">The messages in their order. Null characters in them become replacement characters.</param>
    /// <param name="addAssistant">Whether the text ends with the begin of the assistant's answer.</param>
    /// <exception cref="ChatTemplateException">llama.cpp does not recognize the template.</exception>
    public static string Apply(string? templateOrName, IReadOnlyList<ChatMessage> messages, bool addAssistant)
    {
        ArgumentNullException.ThrowIfNull(messages);
        LlamaLibrary.ThrowIfNotLoaded();
        int guess = 256;
        foreach (ChatMessage message in messages) guess += 2 * (message.Content.Length + message.Role.Length) + 64;

        byte[] buffer = ArrayPool<byte>.Shared.Rent(guess);
        try
        {
            int length = Apply(templateOrName, messages, addAssistant, buffer);
            if (length > buffer.Length)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(length);
                length = Apply(templateOrName, messages, addAssistant, buffer);
            }

            return length >= 0 ? Encoding.UTF8.GetString(buffer, 0, length) : throw Unknown(templateOrName);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Apply(string? templateOrName, IReadOnlyList<ChatMessage> messages, bool addAssistant, byte[] buffer)
    {
        nint[] texts = new nint[messages.Count * 2];
        var native = new NativeChatMessage[messages.Count];
        try
        {
            for (int i = 0; i < native.Length; i++)
            {
                texts[2 * i] = Copy(messages[i].Role);
                texts[2 * i + 1] = Copy(messages[i].Content);
                native[i] = new NativeChatMessage { Role = (byte*)texts[2 * i], Content = (byte*)texts[2 * i + 1] };
            }

            fixed (byte* template = templateOrName is null ? null : NativeText.Terminated(templateOrName))
            fixed (NativeChatMessage* chat = native)
            fixed (byte* output = buffer)
            {
                return Native.ChatApplyTemplate(template, chat, (nuint)native.Length, Convert.ToByte(addAssistant), output, buffer.Length);
            }
        }
        finally
        {
            foreach (nint text in texts) Marshal.FreeCoTaskMem(text);
        }
    }

    private static nint Copy(string text) => Marshal.StringToCoTaskMemUTF8(text.Replace('\0', '\uFFFD'));

    private static ChatTemplateException Unknown(string? template)
    {
        string shown = template is { Length: > 80 } ? template[..80] + "..." : template ?? "chatml";
        return new ChatTemplateException(
            $"llama.cpp does not know the chat template '{shown}'. Name one that it has: {string.Join(", ", _builtIn.Value)}.");
    }

    private static string[] ReadBuiltIn()
    {
        int count = Native.ChatBuiltinTemplates(null, 0);
        byte** names = stackalloc byte*[count];
        count = Math.Min(count, Native.ChatBuiltinTemplates(names, (nuint)count));
        string[] result = new string[count];
        for (int i = 0; i < count; i++) result[i] = NativeText.Read(names[i]);
        return result;
    }
}
