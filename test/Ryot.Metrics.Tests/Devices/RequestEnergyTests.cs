using CsCheck;

namespace Ryot.Metrics.Tests.Devices;

public sealed class RequestEnergyTests : IDisposable
{
    private readonly Recording _recording = new();
    private readonly DeviceMetrics _device;
    private readonly State _state = new("cpu");

    public RequestEnergyTests()
    {
        _device = _recording.Metrics.AddDevice("cpu", TimeSpan.FromSeconds(15));
        _recording.Model.Attach(_state);
    }

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task The_series_exist_at_zero_from_the_first_reading_of_a_meter_on()
    {
        _device.Record(new DeviceSample { PowerWatts = 5 });
        Assert.Empty((await _recording.ScrapeAsync()).Matching("ryot_request_energy_joules_total"));
        Sample(0);
        Assert.Equal(0, (await _recording.ScrapeAsync()).One("ryot_request_energy_joules_total", ("model", Recording.ModelId)));

        _recording.Metrics.AddModel("other", new ModelDescription { Device = DeviceKind.Cpu });
        _recording.After(1000);
        Sample(10);
        Assert.Equal(0, (await _recording.ScrapeAsync()).One("ryot_request_energy_joules_total", ("model", "other")));
    }

    [Fact]
    public async Task A_model_pays_for_the_share_of_the_time_in_which_its_engine_was_busy()
    {
        Sample(0);
        Step(_recording.Model, afterMilliseconds: 1000, milliseconds: 2000);
        _recording.After(1000);
        Sample(100);
        Assert.Equal(50, await EnergyAsync());

        _recording.After(5000);
        Sample(70);
        Assert.Equal(50, await EnergyAsync());
        Assert.Equal(170, (await _recording.ScrapeAsync()).One("ryot_energy_joules_total"));
    }

    [Fact]
    public async Task A_pass_under_way_pays_for_what_it_has_used_so_far_and_once()
    {
        Sample(0);
        _state.BusySince = _recording.After(1000);
        _recording.After(3000);
        Sample(40);
        Assert.Equal(30, await EnergyAsync(), 1e-9);

        var ended = _recording.After(1000);
        _recording.Model.RecordStep(new StepObservation { PrefillTokens = 1, Started = _state.BusySince, Timestamp = ended });
        _state.BusySince = 0;
        _recording.After(1000);
        Sample(20);
        Assert.Equal(40, await EnergyAsync(), 1e-9);
    }

    /// <summary>The state was read before the pass ended, and its time is recorded already.</summary>
    [Fact]
    public async Task A_pass_that_ends_while_it_is_read_pays_once()
    {
        Sample(0);
        _state.BusySince = _recording.Now;
        var ended = _recording.After(1000);
        _recording.Model.RecordStep(new StepObservation { PrefillTokens = 1, Started = _state.BusySince, Timestamp = ended });
        Sample(10);
        _state.BusySince = 0;
        _recording.After(1000);
        Sample(10);
        Assert.Equal(10, await EnergyAsync(), 1e-9);
    }

    [Fact]
    public async Task Only_models_on_the_device_pay_and_those_that_left_it_meanwhile()
    {
        var other = _recording.Metrics.AddModel("other", new ModelDescription { Device = DeviceKind.Gpu });
        other.Attach(new State("0"));
        Sample(0);
        Step(_recording.Model, 0, 1000);
        Step(other, 0, 1000);
        _recording.Model.Attach(null);
        Sample(10);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(5, scrape.One("ryot_request_energy_joules_total", ("model", Recording.ModelId)));
        Assert.Equal(0, scrape.One("ryot_request_energy_joules_total", ("model", "other")));
    }

    [Fact]
    public async Task A_model_on_two_devices_pays_for_both()
    {
        _state.Devices = ["cpu", "1"];
        var second = _recording.Metrics.AddDevice("1", TimeSpan.FromSeconds(15));
        Sample(0);
        second.Record(new DeviceSample { EnergyJoules = 0 });
        Step(_recording.Model, 0, 1000);
        _recording.After(1000);
        Sample(10);
        second.Record(new DeviceSample { EnergyJoules = 100 });
        Assert.Equal(55, await EnergyAsync());
    }

    [Fact]
    public async Task A_model_that_is_removed_while_it_is_charged_gets_no_series_again()
    {
        Sample(0);
        Step(_recording.Model, 0, 1000);
        _state.OnRead = () => _recording.Metrics.RemoveModel(Recording.ModelId);
        Sample(10);
        Assert.Empty((await _recording.ScrapeAsync()).Matching("ryot_request_energy_joules_total"));
    }

    [Fact]
    public void Models_never_pay_more_than_the_device_used_and_all_of_it_when_one_is_always_busy()
        => Gen.Select(Gen.Int[0, 2000], Gen.Int[0, 2000], Gen.Int[0, 2000]).List[1, 20].Sample(
            intervals =>
            {
                using var tests = new RequestEnergyTests();
                var other = tests._recording.Metrics.AddModel("other", new ModelDescription { Device = DeviceKind.Cpu });
                other.Attach(new State("cpu"));
                tests.Sample(0);
                double expected = 0;
                foreach (var (first, second, idle) in intervals)
                {
                    tests.Step(tests._recording.Model, 0, first);
                    tests.Step(other, 0, second);
                    tests._recording.After(idle);
                    tests.Sample(100);
                    if (first + second + idle > 0)
                        expected += 100d * (first + second) / (first + second + idle);
                }

                Assert.Equal(expected, tests.EnergyAsync().GetAwaiter().GetResult(), 1e-6);
            },
            iter: 50);

    private void Sample(double joules) => _device.Record(new DeviceSample { EnergyJoules = joules });

    private void Step(ModelMetrics model, double afterMilliseconds, double milliseconds)
    {
        var started = _recording.After(afterMilliseconds);
        var ended = _recording.After(milliseconds);
        model.RecordStep(new StepObservation { PrefillTokens = 1, Started = started, Timestamp = ended });
    }

    private async Task<double> EnergyAsync() => (await _recording.ScrapeAsync()).Sum("ryot_request_energy_joules_total");

    private sealed class State(params string[] devices) : IModelState
    {
        internal long BusySince { get; set; }

        internal string[] Devices { get; set; } = devices;

        internal Action? OnRead { get; set; }

        public ModelStateSnapshot Read()
        {
            OnRead?.Invoke();
            return new() { BusySince = BusySince, Memory = [.. Devices.Select(device => new DeviceMemory(device))] };
        }
    }
}
