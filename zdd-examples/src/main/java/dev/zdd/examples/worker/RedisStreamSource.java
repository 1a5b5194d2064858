package dev.zdd.examples.worker;

import dev.zdd.shutdown.PollLoop;
import io.lettuce.core.Consumer;
import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisClient;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.List;

/**
 * A consumer of a Redis stream, in a group: XREADGROUP with BLOCK, XACK when processed.
 *
 * <p>What Redis has delivered to a consumer stays pending until it is acknowledged, and is not
 * delivered again by itself. So this source asks for its own pending messages (from id 0) before it
 * asks for new ones: at its start, in case the process before it under the same name was killed,
 * and after anything that failed. A consumer's name is therefore the instance's, and not a new one
 * at each start. What a consumer leaves behind that never comes back is for XAUTOCLAIM.
 *
 * <p>Its connection is its own: while a read blocks, no other command gets through.
 */
final class RedisStreamSource implements PollLoop.Source<StreamMessage<String, String>> {
  // Without a wakeup T0 waits for a read that blocks: not long beside an announce phase.
  private static final Duration BLOCK = Duration.ofMillis(500);
  private static final int BATCH = 20;

  private final StatefulRedisConnection<String, String> connection;
  private final String stream;
  private final String group;
  private final Consumer<String> consumer;
  private boolean ownPending = true;

  private RedisStreamSource(
      StatefulRedisConnection<String, String> connection,
      String stream,
      String group,
      String consumer) {
    this.connection = connection;
    this.stream = stream;
    this.group = group;
    this.consumer = Consumer.from(group, consumer);
  }

  /** Connects, and makes stream and group if they are not there. */
  static RedisStreamSource of(RedisClient client, String stream, String group, String consumer) {
    StatefulRedisConnection<String, String> connection = client.connect();
    try {
      connection
          .sync()
          .xgroupCreate(StreamOffset.from(stream, "0"), group, XGroupCreateArgs.Builder.mkstream());
    } catch (RedisBusyException e) {
      // BUSYGROUP: it is there.
    }
    return new RedisStreamSource(connection, stream, group, consumer);
  }

  @Override
  public List<StreamMessage<String, String>> poll() {
    boolean own = ownPending;
    ownPending = true; // if this throws, a reply may be lost whose messages are pending now
    List<StreamMessage<String, String>> messages =
        own ? read("0", XReadArgs.Builder.count(BATCH)) : read(">", newOnes());
    ownPending = own && !messages.isEmpty();
    return messages;
  }

  @Override
  public void commit(List<StreamMessage<String, String>> processed) {
    String[] ids = processed.stream().map(StreamMessage::getId).toArray(String[]::new);
    connection.sync().xack(stream, group, ids);
  }

  @Override
  public void giveBack(List<StreamMessage<String, String>> unprocessed) {
    ownPending = true;
  }

  @Override
  public void close() {
    connection.close();
  }

  private static XReadArgs newOnes() {
    return XReadArgs.Builder.block(BLOCK).count(BATCH);
  }

  // The varargs array is Lettuce's, and holds one element that is read only.
  @SuppressWarnings("unchecked")
  private List<StreamMessage<String, String>> read(String from, XReadArgs how) {
    return connection.sync().xreadgroup(consumer, how, StreamOffset.from(stream, from));
  }
}
