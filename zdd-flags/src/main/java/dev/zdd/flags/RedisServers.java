package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a namespace can be found: one server, the master that Sentinel names, or the node of a
 * Redis Cluster that has its slot. All keys of a namespace are in one slot, so one plain connection
 * to that node is enough; which one it is the others say (MOVED, Redis Cluster specification,
 * "Redirection and resharding"). An announcement goes to all nodes, that one among them.
 */
record RedisServers(RedisClient client, List<RedisURI> uris, boolean isCluster) {
  private static final int MOST_REDIRECTS = 3;
  private static final String MOVED = "MOVED ";
  private static final byte[] VERSION = "version".getBytes(US_ASCII);

  RedisServers {
    uris = List.copyOf(uris);
    if (uris.isEmpty()) {
      throw new IllegalArgumentException("nodes: none (expected: at least one of the cluster's)");
    }
  }

  /** One server, or those that Sentinel knows. */
  static RedisServers of(RedisClient client, RedisURI uri) {
    return new RedisServers(client, List.of(uri), false);
  }

  /** A connection to the server that has the namespace, and that server. */
  record Found(StatefulRedisConnection<byte[], byte[]> commands, RedisURI uri) {}

  /** The same with the time that a server has for its part of opening a connection. */
  RedisServers within(Duration timeout) {
    List<RedisURI> bounded =
        uris.stream().<RedisURI>map(uri -> new TimedRedisUri(uri, timeout)).toList();
    return new RedisServers(client, bounded, isCluster);
  }

  /** Opens a connection for commands to the server that has {@code key}. */
  Found open(byte[] key, RedisDeadline deadline) throws IOException, InterruptedException {
    IOException last = null;
    int left = uris.size();
    for (RedisURI uri : uris) {
      try {
        // A node that hangs must not use up what the others need.
        return open(uri, key, deadline.share(left--));
      } catch (IOException e) {
        if (last != null) {
          e.addSuppressed(last);
        }
        last = e;
      }
    }
    throw last == null ? new IOException("no server to ask") : last;
  }

  /** Opens a connection for messages to the server that was found. */
  StatefulRedisPubSubConnection<byte[], byte[]> messages(RedisURI found, RedisDeadline deadline)
      throws IOException, InterruptedException {
    return deadline.connection(client.connectPubSubAsync(ByteArrayCodec.INSTANCE, found));
  }

  private Found open(RedisURI first, byte[] key, RedisDeadline deadline)
      throws IOException, InterruptedException {
    RedisURI uri = first;
    for (int redirects = 0; ; redirects++) {
      StatefulRedisConnection<byte[], byte[]> connection =
          deadline.connection(client.connectAsync(ByteArrayCodec.INSTANCE, uri));
      RedisURI other = null;
      boolean isKept = false;
      try {
        other = isCluster ? owner(connection, uri, key, deadline) : null;
        if (other == null) {
          isKept = true;
          return new Found(connection, uri);
        }
      } finally {
        if (!isKept) {
          close(connection);
        }
      }
      if (redirects == MOST_REDIRECTS) {
        throw new IOException("sent from node to node, and last to " + other);
      }
      uri = other;
    }
  }

  // Null if it is this one.
  private static @Nullable RedisURI owner(
      StatefulRedisConnection<byte[], byte[]> connection,
      RedisURI asked,
      byte[] key,
      RedisDeadline deadline)
      throws IOException, InterruptedException {
    try {
      deadline.reply(connection.async().hmget(key, VERSION)); // which a reader may do
      return null;
    } catch (RedisErrorException e) {
      String said = e.said();
      if (!said.startsWith(MOVED)) {
        throw e;
      }
      return moved(asked, said);
    }
  }

  /** The node of "MOVED 3999 127.0.0.1:6381"; without a host it is the one that was asked. */
  static RedisURI moved(RedisURI asked, String said) throws IOException {
    String[] words = said.split(" ", -1);
    String node = words.length == 3 ? words[2] : "";
    int colon = node.lastIndexOf(':'); // an IPv6 address has others
    String port = node.substring(colon + 1);
    if (colon < 0 || !port.matches("[0-9]{1,5}")) {
      throw new IOException(Quoted.of(said) + " (expected: MOVED, a slot, a host and a port)");
    }
    RedisURI uri = RedisURI.builder(asked).withPort(Integer.parseInt(port)).build();
    if (colon > 0) {
      uri.setHost(node.substring(0, colon));
    }
    return uri;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it
  private static void close(StatefulRedisConnection<byte[], byte[]> connection) {
    connection.closeAsync();
  }
}
