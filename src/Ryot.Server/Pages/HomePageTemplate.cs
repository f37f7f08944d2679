namespace Ryot.Server.Pages;

/// <summary>The home page's HTML.</summary>
internal static class HomePageTemplate
{
    public const string Html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Ryot</title>
        <style>
          :root { color-scheme: light dark; --dim: #6b7280; --line: #d1d5db80; --good: #15803d; --wait: #b45309; --bad: #b91c1c; }
          body { font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem; }
          h1 { font-size: 2rem; margin: 0; letter-spacing: -.02em; }
          h2 { font-size: 1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
          ul { list-style: none; padding: 0; margin: 0; }
          li { padding: .2rem 0; }
          code, pre { font: .875rem/1.5 ui-monospace, monospace; }
          pre { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; overflow-x: auto; }
          .dim { color: var(--dim); }
          .state { color: #fff; background: var(--wait); border-radius: 1rem; padding: .1rem .6rem; font-size: .8rem; }
          .state.ready { background: var(--good); }
          .state.not_loaded { background: var(--dim); }
          .state.failed, .state.stalled { background: var(--bad); }
        </style>
        </head>
        <body>
        <h1>Ryot <span class="dim">{version}</span></h1>
        <p class="dim">An LLM inference service whose every number can be trusted.</p>
        <h2>Models</h2>
        <ul>{models}</ul>
        <h2>Try it</h2>
        <pre>curl {url}/v1/chat/completions \
          {key}-H 'Content-Type: application/json' -d '{
          "model": "{model}", "max_tokens": 200,
          "messages": [{"role": "user", "content": "Tell me a story about a cat."}]}'</pre>
        <h2>What there is</h2>
        <ul>
          <li><code>POST /v1/chat/completions</code> <span class="dim">OpenAI-compatible, streamed or not</span></li>
          <li><code>POST /v1/completions</code> <span class="dim">OpenAI-compatible, several prompts at once</span></li>
          <li><code>POST /v1/inference/generate</code>, <code>/stream</code>, <code>/batch</code> <span class="dim">with timings; a batch may succeed in part</span></li>
          <li><a href="/v1/models">/v1/models</a> <span class="dim">what can be asked for</span></li>
          <li>{metrics} <span class="dim">for Prometheus: text, OpenMetrics, protobuf</span></li>
          <li><code>/admin/models</code>, <code>/admin/reload</code> <span class="dim">for administrators, with a key of their own</span></li>
          <li><a href="/health/live">/health/live</a>, <a href="/health/ready">/health/ready</a> <span class="dim">for orchestrators</span></li>
        </ul>
        </body>
        </html>
        """;
}
