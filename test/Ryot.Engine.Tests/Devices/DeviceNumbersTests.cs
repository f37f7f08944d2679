using Ryot.Engine.Devices;
using Xunit;

namespace Ryot.Engine.Tests.Devices;

public sealed class DeviceNumbersTests
{
    [Fact]
    public void Devices_have_the_numbers_of_the_engine_and_others_those_after_them()
    {
        var numbers = new DeviceNumbers(["0000:C1:00.0", "0000:05:00.0"]);
        Assert.Equal(
            ["2", "1", "0", "3", "cpu"],
            ((string[])["0000:01:00.0", "0000:05:00.0", "0000:c1:00.0", "0000:e1:00.0"]).Select(busId => numbers.Take(At(busId)))
                .Append(numbers.Take(new DeviceIdentity("host") { FixedId = "cpu" })));
    }

    [Fact]
    public void Without_GPUs_in_the_engine_devices_are_counted_as_they_come()
    {
        var numbers = new DeviceNumbers([]);
        Assert.Equal(["0", "1", "2"], ((string?[])["0000:c1:00.0", "0000:05:00.0", null]).Select(busId => numbers.Take(At(busId))));
    }

    [Fact]
    public void A_GPU_of_the_engine_whose_place_is_not_known_keeps_its_number_and_no_two_devices_share_one()
    {
        var numbers = new DeviceNumbers([null, "0000:05:00.0"]);
        Assert.Equal(["2", "1", "3"], ((string?[])[null, "0000:05:00.0", "0000:05:00.0"]).Select(busId => numbers.Take(At(busId))));
    }

    [Theory]
    [InlineData("00000000:C1:00.0", "0000:c1:00.0")]
    [InlineData("0000:c1:00.0", "0000:c1:00.0")]
    [InlineData("10000:01:00.0", "10000:01:00.0")]
    [InlineData("none", null)]
    [InlineData("zz:1", null)]
    [InlineData(null, null)]
    public void Addresses_are_written_alike(string? text, string? expected) => Assert.Equal(expected, PciBusId.Normalize(text));

    private static DeviceIdentity At(string? busId) => new("GPU") { BusId = busId };
}
