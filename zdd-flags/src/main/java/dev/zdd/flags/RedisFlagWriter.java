package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes the document that {@link RedisFlagSource}s follow: read, change, write what replaces what
 * was read. Of two who do that at once, one is refused and reads again.
 *
 * <pre>{@code
 * StoredFlags before = writer.read();
 * switch (writer.write(before.revision(), changed(before.document()))) { … }
 * }</pre>
 *
 * <p>Each call blocks for up to 5 s, or the timeout, on the caller's thread, which must not be one
 * of Lettuce's. Thread-safe: calls wait for each other. The connection is opened by the first call,
 * and again by the next call after a loss. Nothing is ever sent twice. Needs Lettuce.
 */
public final class RedisFlagWriter implements FlagStore {
  /** How long a call may take unless said otherwise. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

  private final RedisServers servers;
  private final RedisKeys keys;
  private final Duration timeout;
  private final int maxBytes;

  // Guarded by `this`.
  private @Nullable RedisSession session;
  private boolean closed;

  private RedisFlagWriter(RedisServers servers, RedisKeys keys, Duration timeout, int maxBytes) {
    this.servers = servers.within(timeout);
    this.keys = keys;
    this.timeout = timeout;
    this.maxBytes = maxBytes;
  }

  /**
   * A writer of the flags of {@code namespace} in the Redis at {@code uri}, the master if there are
   * several.
   *
   * @param client stays the caller's to shut down
   * @param namespace 1 to 100 of {@code A-Z a-z 0-9 . _ -}
   * @throws IllegalArgumentException if the namespace is anything else
   */
  // A module that calls this has Lettuce; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static RedisFlagWriter of(RedisClient client, RedisURI uri, String namespace) {
    return of(client, uri, namespace, DEFAULT_TIMEOUT);
  }

  /**
   * As above, with the time that a call may take in all.
   *
   * @param timeout 10 ms to 1 min
   * @throws IllegalArgumentException if namespace or timeout are anything else
   */
  @SuppressWarnings("exports") // as above
  public static RedisFlagWriter of(
      RedisClient client, RedisURI uri, String namespace, Duration timeout) {
    return of(client, uri, namespace, timeout, MaxBytes.DEFAULT);
  }

  /**
   * As above, with the size of the largest document that is written.
   *
   * @param maxBytes 1 KiB to 256 MiB, 16 MiB unless given; no more than the least {@linkplain
   *     RedisFlagSource.Builder#maxBytes maxBytes} of those that follow the flags
   * @throws IllegalArgumentException if namespace, timeout or maxBytes are anything else
   */
  @SuppressWarnings("exports") // as above
  public static RedisFlagWriter of(
      RedisClient client, RedisURI uri, String namespace, Duration timeout, int maxBytes) {
    return of(
        RedisServers.of(requireNonNull(client, "client"), requireNonNull(uri, "uri")),
        namespace,
        timeout,
        maxBytes);
  }

  /**
   * A writer of the flags of {@code namespace} in a Redis Cluster.
   *
   * @param client stays the caller's to shut down
   * @param nodes some of the cluster's, asked in this order; one that lives is enough
   * @param timeout 10 ms to 1 min
   * @throws IllegalArgumentException if there is no node, or namespace or timeout are anything else
   */
  @SuppressWarnings("exports") // as above
  public static RedisFlagWriter cluster(
      RedisClient client, List<RedisURI> nodes, String namespace, Duration timeout) {
    return cluster(client, nodes, namespace, timeout, MaxBytes.DEFAULT);
  }

  /**
   * As above, with the size of the largest document that is written.
   *
   * @param maxBytes as of a single server
   * @throws IllegalArgumentException as above, or if maxBytes is out of its bounds
   */
  @SuppressWarnings("exports") // as above
  public static RedisFlagWriter cluster(
      RedisClient client, List<RedisURI> nodes, String namespace, Duration timeout, int maxBytes) {
    return of(
        new RedisServers(requireNonNull(client, "client"), nodes, true),
        namespace,
        timeout,
        maxBytes);
  }

  private static RedisFlagWriter of(
      RedisServers servers, String namespace, Duration timeout, int maxBytes) {
    return new RedisFlagWriter(
        servers,
        new RedisKeys(requireNonNull(namespace, "namespace")),
        AttemptTimeout.require(timeout),
        MaxBytes.require(maxBytes));
  }

  /**
   * What Redis holds, be it good or not.
   *
   * @throws IOException if Redis does not say, or holds something else under that name
   * @throws InterruptedException if the thread was interrupted
   * @throws IllegalStateException if this writer is closed
   */
  @Override
  public synchronized StoredFlags read() throws IOException, InterruptedException {
    RedisDeadline deadline = new RedisDeadline(timeout);
    try {
      return open(deadline).read(deadline);
    } catch (FlagDocumentException e) {
      throw new IOException(keys.flagsText() + ": " + e.getMessage(), e);
    } catch (IOException | InterruptedException e) {
      drop();
      throw e;
    }
  }

  /**
   * Replaces the document, if Redis holds what is {@code expected}, and announces it.
   *
   * @param expected as {@link #read} or the last write told; {@link FlagRevision#NONE} for none
   * @param document the whole of it, JSON as in {@code docs/flags.md}
   * @throws IllegalArgumentException if the document is wrong, with line and column, or larger than
   *     maxBytes, which its readers would refuse: nothing was sent
   * @throws FlagWriteUnknownException if it was sent, and no reply came. Do not write again before
   *     reading: if Redis then holds this very document, it was written
   * @throws IOException if nothing was written: no connection, or Redis answered with an error
   * @throws InterruptedException if the thread was interrupted; whether it was written is unknown
   * @throws IllegalStateException if this writer is closed
   */
  @Override
  public synchronized FlagWrite write(FlagRevision expected, byte[] document)
      throws IOException, InterruptedException {
    requireNonNull(expected, "expected");
    MaxBytes.requireReadable(document, maxBytes);
    try {
      FlagDocument.parse(document);
    } catch (FlagDocumentException e) {
      throw new IllegalArgumentException("document: " + e.getMessage(), e);
    }
    RedisDeadline deadline = new RedisDeadline(timeout);
    try {
      return open(deadline)
          .write(expected, document, random(), random(), System.currentTimeMillis(), deadline);
    } catch (RedisErrorException e) {
      drop(); // perhaps a master that is one no more: ask for another next time
      throw new IOException("nothing was written: " + e.getMessage(), e);
    } catch (IOException | InterruptedException e) {
      drop();
      throw e;
    }
  }

  /** Closes the connection, if there is one; a call that is under way comes first. */
  @Override
  public synchronized void close() {
    closed = true;
    drop();
  }

  @Override
  public String toString() {
    return "redis " + keys.flagsText();
  }

  // Guarded by `this`.
  private RedisSession open(RedisDeadline deadline) throws IOException, InterruptedException {
    if (closed) {
      throw new IllegalStateException("the writer of " + this + " is closed (expected: not yet)");
    }
    RedisSession present = session;
    if (present == null || present.isOver()) {
      drop();
      present = RedisSession.open(servers, keys, () -> {}, deadline);
      session = present;
    }
    return present;
  }

  private void drop() {
    if (session != null) {
      session.close();
      session = null;
    }
  }

  private static String random() {
    return UUID.randomUUID().toString();
  }
}
