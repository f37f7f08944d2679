namespace Ryot.Cli.Kubernetes;

/// <summary>The files that manifests are made from are missing or not as expected.</summary>
/// <param name="message">What is wrong, and with which file.</param>
public sealed class ManifestException(string message) : Exception(message);
