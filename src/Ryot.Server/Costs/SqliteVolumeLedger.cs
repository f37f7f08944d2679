using Microsoft.Data.Sqlite;
using Ryot.Metrics;

namespace Ryot.Server.Costs;

/// <summary>
/// The tokens of each model and month in a SQLite file, so that rates by volume go on where they were after a restart. Every addition is one
/// transaction: after a crash it is there once or not at all. Several processes may share the file. While the file cannot be written,
/// additions wait in memory, and a log line says so.
/// </summary>
internal sealed partial class SqliteVolumeLedger : IVolumeLedger, IDisposable
{
    /// <summary>How long to wait for another process that writes; requests wait as long.</summary>
    private const int BusyTimeoutSeconds = 1;

    private readonly Lock _changes = new();
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _add;
    private readonly Dictionary<(string Model, int Month), long> _known = [];
    private readonly Dictionary<(string Model, int Month), long> _pending = [];
    private readonly ILogger<SqliteVolumeLedger> _logger;
    private bool _failing;

    /// <param name="path">The file, made if there is none.</param>
    /// <param name="logger">Told when the file cannot be written.</param>
    /// <exception cref="SqliteException">The file cannot be opened, or is no such ledger.</exception>
    public SqliteVolumeLedger(string path, ILogger<SqliteVolumeLedger> logger)
    {
        _logger = logger;
        _connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = BusyTimeoutSeconds }.ToString());
        try
        {
            _connection.Open();
            // A write-ahead log survives the death of the process without waiting for the disk at every request.
            Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
            Execute("CREATE TABLE IF NOT EXISTS volume (model TEXT NOT NULL, month INTEGER NOT NULL, tokens INTEGER NOT NULL, PRIMARY KEY (model, month)) WITHOUT ROWID;");
            _add = CreateAdd();
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long Add(string modelId, int year, int month, long tokens)
    {
        var key = (modelId, (year * 100) + month);
        lock (_changes)
        {
            var pending = _pending.GetValueOrDefault(key);
            try
            {
                var before = Write(key, pending + tokens) + pending;
                _pending.Remove(key);
                _known[key] = before + tokens;
                if (_failing)
                    LogWorksAgain(_connection.DataSource);
                _failing = false;
                return before;
            }
            catch (SqliteException exception)
            {
                if (!_failing)
                    LogFailing(_connection.DataSource, exception.Message);
                _failing = true;
                _pending[key] = pending + tokens;
                var before = _known.GetValueOrDefault(key);
                _known[key] = before + tokens;
                return before;
            }
        }
    }

    /// <summary>Closes the file. What could not be written until now is tried once more.</summary>
    public void Dispose()
    {
        lock (_changes)
        {
            foreach (var (key, tokens) in _pending)
            {
                try
                {
                    Write(key, tokens);
                }
                catch (SqliteException exception)
                {
                    LogLost(tokens, key.Model, exception.Message);
                }
            }
            _pending.Clear();
            _add.Dispose();
            _connection.Dispose();
        }
    }

    /// <summary>Adds and returns the volume before.</summary>
    private long Write((string Model, int Month) key, long tokens)
    {
        _add.Parameters[0].Value = key.Model;
        _add.Parameters[1].Value = key.Month;
        _add.Parameters[2].Value = tokens;
        return (long)_add.ExecuteScalar()!;
    }

    private SqliteCommand CreateAdd()
    {
        var command = _connection.CreateCommand();
        command.CommandText =
            "INSERT INTO volume VALUES ($model, $month, $tokens) ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens RETURNING tokens - $tokens;";
        command.Parameters.Add("$model", SqliteType.Text);
        command.Parameters.Add("$month", SqliteType.Integer);
        command.Parameters.Add("$tokens", SqliteType.Integer);
        return command;
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Only constants come here.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The ledger of token volumes {Path} cannot be written: {Reason}. Volumes are kept in memory meanwhile.")]
    private partial void LogFailing(string path, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The ledger of token volumes {Path} can be written again.")]
    private partial void LogWorksAgain(string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Tokens} tokens of model {Model} could not be added to the ledger of token volumes: {Reason}.")]
    private partial void LogLost(long tokens, string model, string reason);
}
