package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Connections to the Redis that holds one namespace, from their opening to the first loss of one of
 * them. A session that has lost a connection is over, and its owner opens another: Lettuce would
 * reconnect (unless its client is told not to), but after up to 30 s, without a word about messages
 * that were missed meanwhile, and sending again what had no reply, a write too.
 */
final class RedisSession {
  // One write of Redis' own, so that it is done whole or not at all. A version beyond 2^53 would
  // not fit Lua's numbers: it is compared and returned as text. The time in the write's id rises
  // from write to write though the writers' clocks may not. A user who may not publish has written
  // all the same, and readers find out at their next poll.
  private static final String WRITE =
      """
      local now = redis.call('HMGET', KEYS[1], 'version', 'epoch', 'write')
      local version, epoch, write = now[1] or '0', now[2] or '', now[3] or ''
      if version ~= ARGV[1] or epoch ~= ARGV[2] or write ~= ARGV[3] then
        return {'refused', version, epoch, write}
      end
      redis.call('HINCRBY', KEYS[1], 'version', 1)
      if not now[2] then epoch = ARGV[6] end
      local at = math.max(tonumber(ARGV[8]), (tonumber(string.match(write, '@(%d+)$')) or 0) + 1)
      write = ARGV[5] .. '@' .. string.format('%.0f', at)
      redis.call('HSET', KEYS[1], 'epoch', epoch, 'write', write, 'document', ARGV[4])
      version = redis.call('HGET', KEYS[1], 'version')
      redis.pcall('PUBLISH', ARGV[7], version)
      return {'written', version, epoch, write}
      """;

  private static final byte[] VERSION = "version".getBytes(UTF_8);
  private static final byte[] EPOCH = "epoch".getBytes(UTF_8);
  private static final byte[] WRITE_ID = "write".getBytes(UTF_8);
  private static final byte[] DOCUMENT = "document".getBytes(UTF_8);

  private final RedisServers servers;
  private final RedisURI found;
  private final RedisKeys keys;
  private final Runnable onLoss;
  // Those that are open, but for some that were lost a moment ago.
  private final List<StatefulConnection<?, ?>> connections = new CopyOnWriteArrayList<>();
  private final StatefulRedisConnection<byte[], byte[]> commands;
  private volatile boolean over;

  private RedisSession(
      RedisServers servers, RedisServers.Found found, RedisKeys keys, Runnable onLoss) {
    this.servers = servers;
    this.found = found.uri();
    this.keys = keys;
    this.onLoss = onLoss;
    this.commands = found.commands();
    own(commands);
  }

  /** Opens a connection for commands. */
  static RedisSession open(
      RedisServers servers, RedisKeys keys, Runnable onLoss, RedisDeadline deadline)
      throws IOException, InterruptedException {
    return new RedisSession(servers, servers.open(keys.flags(), deadline), keys, onLoss);
  }

  /**
   * Opens a second connection and subscribes; when this returns, Redis has confirmed it.
   *
   * @param onChange runs on an event loop's thread at each change
   */
  void subscribe(Runnable onChange, RedisDeadline deadline)
      throws IOException, InterruptedException {
    StatefulRedisPubSubConnection<byte[], byte[]> messages = servers.messages(found, deadline);
    own(messages);
    messages.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void message(byte[] channel, byte[] message) {
            onChange.run();
          }
        });
    deadline.reply(messages.async().subscribe(keys.changed()));
  }

  /** Whether a connection was lost, or closed. */
  boolean isOver() {
    return over;
  }

  /**
   * What Redis holds, without the document if it is {@code known} already: then null.
   *
   * @throws FlagDocumentException if the document is larger than that, which is not read then
   */
  @Nullable StoredFlags readUnless(
      @Nullable FlagRevision known, int maxBytes, RedisDeadline deadline)
      throws IOException, InterruptedException, FlagDocumentException {
    if (known != null && known.equals(revision(fields(deadline, VERSION, EPOCH, WRITE_ID)))) {
      return null;
    }
    refuseOver(deadline.reply(commands.async().hstrlen(keys.flags(), DOCUMENT)), maxBytes);
    StoredFlags stored = read(deadline);
    refuseOver(stored.document().length, maxBytes); // written since
    return stored;
  }

  StoredFlags read(RedisDeadline deadline)
      throws IOException, InterruptedException, FlagDocumentException {
    List<KeyValue<byte[], byte[]>> fields = fields(deadline, VERSION, EPOCH, WRITE_ID, DOCUMENT);
    FlagRevision revision = revision(fields);
    return revision.equals(FlagRevision.NONE)
        ? StoredFlags.NONE
        : new StoredFlags(revision, fields.get(3).getValueOrElse(new byte[0]));
  }

  /**
   * Replaces the document, if the present one is {@code expected}.
   *
   * @param write random text
   * @param epoch random text, for the first document there
   * @param at the time by the writer's clock, in milliseconds since 1970
   * @throws FlagWriteUnknownException if no reply came
   * @throws IOException if nothing was written
   */
  FlagWrite write(
      FlagRevision expected,
      byte[] document,
      String write,
      String epoch,
      long at,
      RedisDeadline deadline)
      throws IOException, InterruptedException {
    List<byte[]> reply;
    try {
      reply =
          deadline.reply(
              commands
                  .async()
                  .<List<byte[]>>eval(
                      WRITE,
                      ScriptOutputType.MULTI,
                      new byte[][] {keys.flags()},
                      Long.toString(expected.version()).getBytes(UTF_8),
                      expected.epoch().getBytes(UTF_8),
                      expected.write().getBytes(UTF_8),
                      document,
                      write.getBytes(UTF_8),
                      epoch.getBytes(UTF_8),
                      keys.changed(),
                      Long.toString(at).getBytes(UTF_8)));
    } catch (RedisErrorException e) {
      throw e;
    } catch (IOException e) {
      throw new FlagWriteUnknownException(
          "whether " + keys.flagsText() + " was written is unknown: " + e.getMessage(), e);
    }
    List<String> said = reply.stream().map(each -> new String(each, UTF_8)).toList();
    try {
      FlagRevision present =
          new FlagRevision(Long.parseLong(said.get(1)), said.get(2), said.get(3));
      return said.get(0).equals("written")
          ? new FlagWrite.Written(present)
          : new FlagWrite.Refused(present);
    } catch (IllegalArgumentException e) { // a version that is no number was not expected either
      throw new IOException("nothing was written: " + versionExpected(said.get(1)), e);
    }
  }

  /** Closes the connections, without waiting for Redis. Any thread. */
  @SuppressWarnings("FutureReturnValueIgnored") // of a channel's close: nobody waits for it
  void close() {
    over = true;
    // Each once, whoever comes first: Lettuce warns of a second time.
    List.copyOf(connections).stream()
        .filter(connections::remove)
        .forEach(StatefulConnection::closeAsync);
  }

  private void own(StatefulConnection<?, ?> connection) {
    connections.add(connection);
    connection.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> lost) {
            // At once and here, on the event loop: before Lettuce has reconnected and sent again
            // what had no reply.
            boolean first = !over;
            close();
            if (first) {
              onLoss.run();
            }
          }
        });
    // Closed, or lost, between its opening and the listener.
    if (over || !connection.isOpen()) {
      close();
    }
  }

  private static void refuseOver(long bytes, int maxBytes) throws FlagDocumentException {
    if (bytes > maxBytes) {
      throw new FlagDocumentException(MaxBytes.refusal(bytes, maxBytes));
    }
  }

  private List<KeyValue<byte[], byte[]>> fields(RedisDeadline deadline, byte[]... fields)
      throws IOException, InterruptedException {
    return deadline.reply(commands.async().hmget(keys.flags(), fields));
  }

  private static FlagRevision revision(List<KeyValue<byte[], byte[]>> fields)
      throws FlagDocumentException {
    if (!fields.get(0).hasValue() && !fields.get(1).hasValue()) {
      return FlagRevision.NONE;
    }
    String version = text(fields.get(0));
    try {
      long number = Long.parseLong(version);
      if (number >= 1) {
        return new FlagRevision(number, text(fields.get(1)), text(fields.get(2)));
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new FlagDocumentException(versionExpected(version));
  }

  private static String versionExpected(String version) {
    return "version: " + Quoted.of(version) + " (expected: a whole number from 1)";
  }

  private static String text(KeyValue<byte[], byte[]> field) {
    return field.hasValue() ? new String(field.getValue(), UTF_8) : "";
  }
}
