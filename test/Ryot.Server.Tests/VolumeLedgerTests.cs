using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.Server.Costs;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class VolumeLedgerTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"ryot-ledger-{Guid.NewGuid():N}.db");

    public void Dispose()
    {
        foreach (var suffix in (ReadOnlySpan<string>)["", "-wal", "-shm"])
            File.Delete(_path + suffix);
    }

    [Fact]
    public void Volumes_add_up_by_model_and_month()
    {
        using var ledger = Open();
        Assert.Equal(0, ledger.Add("a", 2026, 11, 100));
        Assert.Equal(100, ledger.Add("a", 2026, 11, 20));
        Assert.Equal(0, ledger.Add("a", 2026, 12, 5));
        Assert.Equal(0, ledger.Add("b", 2026, 11, 7));
        Assert.Equal(120, ledger.Add("a", 2026, 11, 1));
    }

    [Fact]
    public void Volumes_go_on_after_a_restart()
    {
        using (var ledger = Open())
            ledger.Add("a", 2026, 11, 100);
        using var again = Open();
        Assert.Equal(100, again.Add("a", 2026, 11, 1));
    }

    /// <summary>What a process leaves that was killed: the file and its log, neither closed nor merged.</summary>
    [Fact]
    public void After_a_crash_every_addition_is_there_once()
    {
        using var crashed = Open();
        for (var i = 0; i < 100; i++)
            crashed.Add("a", 2026, 11, 3);
        var copy = _path + ".copy";
        try
        {
            File.Copy(_path, copy);
            File.Copy(_path + "-wal", copy + "-wal");
            using var recovered = new SqliteVolumeLedger(copy, NullLogger<SqliteVolumeLedger>.Instance);
            Assert.Equal(300, recovered.Add("a", 2026, 11, 1));
        }
        finally
        {
            foreach (var suffix in (ReadOnlySpan<string>)["", "-wal", "-shm"])
                File.Delete(copy + suffix);
        }
    }

    [Fact]
    public async Task Many_threads_and_two_ledgers_on_one_file_lose_and_double_nothing()
    {
        using var first = Open();
        using var second = Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            for (var n = 0; n < 50; n++)
                (i % 2 == 0 ? first : second).Add("a", 2026, 11, 2);
        })));
        Assert.Equal(8 * 50 * 2, first.Add("a", 2026, 11, 0));
    }

    [Fact]
    public void While_the_file_is_locked_volumes_are_kept_and_added_later_once()
    {
        using var ledger = Open();
        ledger.Add("a", 2026, 11, 10);
        using (var other = new SqliteConnection($"Data Source={_path};Pooling=False"))
        {
            other.Open();
            using var transaction = other.BeginTransaction(System.Data.IsolationLevel.Serializable, deferred: false);
            Assert.Equal(10, ledger.Add("a", 2026, 11, 5));
            transaction.Rollback();
        }
        Assert.Equal(15, ledger.Add("a", 2026, 11, 1));
        using var again = Open();
        Assert.Equal(16, again.Add("a", 2026, 11, 0));
    }

    [Fact]
    public void A_file_that_is_no_ledger_is_refused()
    {
        File.WriteAllText(_path, new string('x', 5000));
        Assert.Throws<SqliteException>(Open);
    }

    private SqliteVolumeLedger Open() => new(_path, NullLogger<SqliteVolumeLedger>.Instance);
}
