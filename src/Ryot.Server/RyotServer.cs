using Microsoft.Data.Sqlite;
using Ryot.Engine;
using Ryot.Engine.Llama;
using Ryot.Engine.Models;
using Ryot.LlamaCpp;
using Ryot.Metrics;
using Ryot.Server.Api;
using Ryot.Server.Api.Admin;
using Ryot.Server.Api.OpenAi;
using Ryot.Server.Configuration;
using Ryot.Server.Costs;
using Ryot.Server.Generation;
using Ryot.Server.Hosting;
using Ryot.Server.Observability;
using Ryot.Server.Pages;
using Ryot.Server.Security;

namespace Ryot.Server;

/// <summary>Puts the server together.</summary>
public static class RyotServer
{
    /// <summary>Time that connections have to close after the last request ended.</summary>
    private static readonly TimeSpan _closingTime = TimeSpan.FromSeconds(5);

    private static readonly string[] _getAndHead = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Builds the server. Nothing runs yet.</summary>
    /// <param name="arguments">The program's arguments.</param>
    /// <param name="configure">Changes services before they are made; for tests.</param>
    /// <exception cref="ConfigurationException">The server cannot start as it is configured; all problems are told at once.</exception>
    public static WebApplication Build(string[] arguments, Action<WebApplicationBuilder>? configure = null)
    {
        var commandLine = CommandLine.Parse(arguments);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        var settings = new SettingValues(commandLine, Environment.GetEnvironmentVariable, builder.Configuration);
        var files = ConfigurationFiles.AddTo(builder, settings.Text(Settings.Config));
        var started = new ConfigurationSnapshot(commandLine, Environment.GetEnvironmentVariable, files, AppContext.BaseDirectory);
        var options = started.Read(builder.Configuration);
        ConfigureLogging(builder);
        builder.WebHost.ConfigureKestrel(kestrel => Listening.Configure(kestrel, options));
        builder.Services.AddSingleton(started);
        AddServices(builder.Services, options);
        configure?.Invoke(builder);

        var app = builder.Build();
        try
        {
            app.Services.GetRequiredService<IModelBackend>();
            app.Services.GetRequiredService<IVolumeLedger>();
        }
        catch (LlamaLibraryException exception)
        {
            throw new ConfigurationException([exception.Message]);
        }
        catch (SqliteException exception)
        {
            throw new ConfigurationException([$"{Settings.CostLedger.Switch}: '{options.CostLedger}' cannot be used as a ledger: {exception.Message}"]);
        }
        MapRoutes(app, options);
        return app;
    }

    private static void ConfigureLogging(WebApplicationBuilder builder)
    {
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        // What the operator's own configuration says comes last, and so wins.
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
    }

    private static void AddServices(IServiceCollection services, RyotOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new RyotMetrics(provider.GetRequiredService<TimeProvider>(), options.CreateMetricsOptions()));
        services.AddSingleton<IModelBackend>(provider => new LlamaBackend(
            provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<TimeProvider>(), options.LlamaCppDirectory));
        services.AddSingleton(provider => new InferenceEngine(
            options.Models,
            provider.GetRequiredService<IModelBackend>(),
            provider.GetRequiredService<RyotMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>(),
            options.Residency));
        services.AddSingleton<IVolumeLedger>(provider => options.CostLedger is { } path
            ? new SqliteVolumeLedger(path, provider.GetRequiredService<ILogger<SqliteVolumeLedger>>())
            : new InMemoryVolumeLedger());
        services.AddSingleton<RequestCosts>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<AdminKeys>();
        services.AddSingleton<ConfigurationReloader>();
        services.AddSingleton<InferenceHandler>();
        services.AddSingleton<ModelsEndpoint>();
        services.AddSingleton<AdminEndpoints>();
        services.AddSingleton<AdminModelFormat>();
        services.AddSingleton<MetricsEndpoint>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<HomePage>();
        services.AddSingleton<ErrorMiddleware>();
        services.AddHostedService(provider => new LoadProgressReporter(
            provider.GetRequiredService<InferenceEngine>(),
            Console.IsErrorRedirected ? null : Console.Error,
            provider.GetRequiredService<ILogger<LoadProgressReporter>>()));
        services.AddHostedService<EngineLifetime>();
        services.AddHostedService<ConfigurationWatcher>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout + _closingTime);
    }

    private static void MapRoutes(WebApplication app, RyotOptions options)
    {
        app.Use(RequestIdMiddleware.InvokeAsync);
        app.Use(app.Services.GetRequiredService<ErrorMiddleware>().InvokeAsync);
        if (options.MetricsUrls.Count > 0)
            app.Use(Listening.SeparateMetricsAsync);
        app.UseRouting();

        var inference = app.Services.GetRequiredService<InferenceHandler>();
        foreach (var route in InferenceRoutes.All)
            app.MapPost(route.Path, context => inference.HandleAsync(context, route));
        var models = app.Services.GetRequiredService<ModelsEndpoint>();
        app.MapGet("/v1/models", models.ListAsync);
        app.MapGet("/v1/models/{**id}", models.GetAsync);

        var admin = app.Services.GetRequiredService<AdminEndpoints>();
        app.MapGet("/admin/models", admin.ListAsync);
        app.MapPost("/admin/models/{**path}", admin.ChangeAsync);
        app.MapPost("/admin/reload", admin.ReloadAsync);

        var health = app.Services.GetRequiredService<HealthEndpoints>();
        app.MapMethods("/metrics", _getAndHead, app.Services.GetRequiredService<MetricsEndpoint>().GetAsync);
        app.MapMethods("/health/live", _getAndHead, HealthEndpoints.LiveAsync);
        app.MapMethods("/health/ready", _getAndHead, health.ReadyAsync);
        app.MapMethods("/", _getAndHead, app.Services.GetRequiredService<HomePage>().GetAsync);
    }
}
