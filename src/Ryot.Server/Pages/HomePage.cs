using System.Text;
using System.Text.Encodings.Web;
using Ryot.Engine;
using Ryot.Engine.Models;
using Ryot.Server.Configuration;
using Ryot.Server.Observability;

namespace Ryot.Server.Pages;

/// <summary><c>/</c>: what there is, and in what state the models are. One page without anything from elsewhere.</summary>
/// <param name="engine">The models.</param>
/// <param name="health">Their state.</param>
/// <param name="options">How the server was configured.</param>
internal sealed class HomePage(InferenceEngine engine, HealthEndpoints health, RyotOptions options)
{
    public async Task GetAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.WriteAsync(Render(context.Request), context.RequestAborted);
    }

    private string Render(HttpRequest request)
    {
        var models = new StringBuilder();
        foreach (var model in engine.Models)
        {
            var (state, detail) = health.DescribeState(model);
            var info = Encode(model.Info is { } known ? Describe(known) : detail ?? "");
            models.Append($"<li><span class=\"state {state}\">{state}</span> <b>{Encode(model.Id)}</b> <span class=\"dim\">{info}</span></li>");
        }
        var metricsLink = options.MetricsUrls.Count == 0
            ? "<a href=\"/metrics\">/metrics</a>"
            : $"<code>/metrics</code> at {Encode(string.Join(", ", options.MetricsUrls.Select(url => url.Url)))}";
        return HomePageTemplate.Html
            .Replace("{version}", Encode(BuildInfo.Version), StringComparison.Ordinal)
            .Replace("{models}", models.ToString(), StringComparison.Ordinal)
            .Replace("{metrics}", metricsLink, StringComparison.Ordinal)
            .Replace("{key}", options.ApiKeys.Count == 0 ? "" : "-H 'Authorization: Bearer KEY' \\\n  ", StringComparison.Ordinal)
            .Replace("{url}", Encode($"{request.Scheme}://{request.Host}"), StringComparison.Ordinal)
            .Replace("{model}", Encode(Example().Id), StringComparison.Ordinal);
    }

    /// <summary>The model of the example: one that answers at once, if there is one.</summary>
    private ModelHost Example() => engine.Models.FirstOrDefault(model => model.Status == ModelStatus.Ready) ?? engine.Models[0];

    private static string Describe(ModelInfo info) => FormattableString.Invariant(
        $"{info.Architecture}, {info.Quantization}, {info.Parameters:N0} parameters, context {info.MaxSequenceLength:N0} tokens");

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
