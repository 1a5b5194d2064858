package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Ticker;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Definitions in Redis, one document for each namespace ({@code docs/flags.md}), as {@link
 * RedisFlagWriter} writes it: on one server, on the master that Sentinel names, or on a Redis
 * Cluster. Needs Lettuce.
 *
 * <p>It opens two connections of its own. Each write is announced on a channel, and read within
 * milliseconds. An announcement can be lost, so the version is also asked for every {@linkplain
 * Builder#pollInterval interval}, and after each loss of a connection, of which there is a new one
 * within a second or two if there can be one.
 *
 * <p>Whatever Redis does, the last good flags serve on, and {@link #status()} shows the problem and
 * an age that grows: while it is away or frozen; while it has no document (restarted empty); while
 * the document is wrong in any way, which refuses it whole; and while its version is lower than one
 * that has served (an old backup, a failover that lost writes), until somebody writes, or the epoch
 * is another. One WARN line tells of each problem, not of each attempt.
 *
 * <p>Threads: the first attempt is the starter's; all others are one daemon thread's, which lives
 * until {@link #close()}, never two at a time. Lettuce's threads only wake it. How no change is
 * missed: it subscribes, then reads. A message that comes while it reads wakes it for another read,
 * since the wakes are cleared before a read and never after: write 5, wake, clear, the read is
 * answered with 5, write 6, wake, read again. Cleared after the read, 6 would wait for the poll.
 */
public final class RedisFlagSource implements FlagSource {
  private static final Logger log = LoggerFactory.getLogger(RedisFlagSource.class);
  private static final long CLOSE_TIMEOUT_MILLIS = 900;
  private static final Duration CONNECT_INTERVAL = Duration.ofSeconds(1);
  private static final double JITTER = 0.2;

  private final RedisServers servers;
  private final RedisKeys keys;
  private final Duration pollInterval;
  private final Duration timeout;
  private final int maxBytes;
  private final @Nullable LastKnownGood lastKnownGood;
  private final Confidence confidence;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Semaphore wakes = new Semaphore(0);
  // Written once, under `this`.
  private volatile @Nullable Thread thread;
  // Written under `this`, as is the rest of an attempt's. Read without it by close(), which a hung
  // consumer must not hold up.
  private volatile @Nullable RedisSession session;
  // Guarded by `this`: of Ticker.system().
  private long connectedAt;
  // Guarded by `this`: what serves.
  private @Nullable FlagRevision good;

  private RedisFlagSource(Builder builder) {
    this.servers = builder.servers.within(builder.timeout);
    this.keys = builder.keys;
    this.pollInterval = builder.pollInterval;
    this.timeout = builder.timeout;
    this.maxBytes = builder.maxBytes;
    Path file = builder.lastKnownGood;
    this.lastKnownGood = file == null ? null : new LastKnownGood(file, keys.namespace());
    this.confidence = new Confidence(log, this, builder.ticker);
  }

  /**
   * The flags of {@code namespace} in the Redis at {@code uri}, which need not be there yet, with
   * the default settings.
   *
   * @param client stays the caller's to shut down
   * @param uri where the client connects to. Lettuce does not tell which one the client itself has
   * @param namespace 1 to 100 of {@code A-Z a-z 0-9 . _ -}
   * @throws IllegalArgumentException if the namespace is anything else
   */
  // A module that calls this has Lettuce; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static RedisFlagSource of(RedisClient client, RedisURI uri, String namespace) {
    return builder(client, uri, namespace).build();
  }

  /** As {@link #of}, with settings. */
  @SuppressWarnings("exports") // as above
  public static Builder builder(RedisClient client, RedisURI uri, String namespace) {
    requireNonNull(client, "client");
    return new Builder(RedisServers.of(client, requireNonNull(uri, "uri")), namespace);
  }

  /**
   * The flags of {@code namespace} in a Redis Cluster: whichever node has the namespace's slot, as
   * the others say.
   *
   * @param client stays the caller's to shut down
   * @param nodes some of the cluster's, asked in this order; one that lives is enough
   * @throws IllegalArgumentException if there is no node, or the namespace is not 1 to 100 of
   *     {@code A-Z a-z 0-9 . _ -}
   */
  @SuppressWarnings("exports") // as above
  public static Builder cluster(RedisClient client, List<RedisURI> nodes, String namespace) {
    return new Builder(new RedisServers(requireNonNull(client, "client"), nodes, true), namespace);
  }

  /**
   * {@inheritDoc} Takes the last-known-good file first, if there is one, and then asks Redis once,
   * for up to {@linkplain Builder#timeout the timeout}. What may be wrong is logged and not thrown.
   * Blocks, so do not call it on a thread of Lettuce's.
   */
  @Override
  public synchronized void start(Consumer<FlagSnapshot> consumer) {
    requireNonNull(consumer, "consumer");
    if (thread != null) {
      throw new IllegalStateException(this + " is started already (expected: one Flags for it)");
    }
    if (isClosed()) {
      throw new IllegalStateException(this + " is closed (expected: not yet)");
    }
    Thread reader = new Thread(() -> readUntilClosed(consumer), "zdd-flags-redis");
    reader.setDaemon(true);
    thread = reader;
    if (lastKnownGood != null) {
      load(lastKnownGood, consumer);
    }
    attempt(consumer);
    reader.start(); // closed meanwhile? It looks before it does anything
  }

  @Override
  public Status status() {
    return confidence.status();
  }

  @Override
  public void close() {
    closed.countDown();
    wakes.release();
    // The thread does it too; here for one whose consumer hangs.
    drop(session);
    Thread reader = thread;
    // Should the consumer close us, this is the thread itself.
    if (reader != null && reader != Thread.currentThread()) {
      reader.interrupt();
      try {
        reader.join(CLOSE_TIMEOUT_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public String toString() {
    return "redis " + keys.flagsText();
  }

  /** How many announcements no read has begun after yet; for tests. */
  int wakes() {
    return wakes.availablePermits();
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void readUntilClosed(Consumer<FlagSnapshot> consumer) {
    while (!isClosed()) {
      try {
        awaitReason();
        if (!isClosed()) {
          attempt(consumer);
        }
      } catch (InterruptedException e) {
        // Somebody's, or close()'s: then the latch is open.
      } catch (Throwable t) {
        // attempt() answers for everything but its own log line. An appender that throws, or memory
        // that ran out, must not leave the flags frozen for the rest of the process.
        confidence.failed();
      }
    }
    drop(session);
  }

  /** Returns when there is a message, when the poll is due, or when a session may be opened. */
  private void awaitReason() throws InterruptedException {
    RedisSession present = session;
    if (present != null && !present.isOver()) {
      wakes.tryAcquire(jittered(pollInterval), TimeUnit.NANOSECONDS);
      present = session;
    }
    if (present == null || present.isOver()) {
      // At most one in a second, or a Redis that drops connections would be given them in a loop.
      long wait = connectedAt() + jittered(CONNECT_INTERVAL) - System.nanoTime();
      closed.await(wait, TimeUnit.NANOSECONDS);
    }
  }

  private synchronized long connectedAt() {
    return connectedAt;
  }

  private static long jittered(Duration duration) {
    double factor = 1 - JITTER + 2 * JITTER * ThreadLocalRandom.current().nextDouble();
    return (long) (duration.toNanos() * factor);
  }

  /** Asks Redis, opening a session if there is none, and hands on what is new. */
  private synchronized void attempt(Consumer<FlagSnapshot> consumer) {
    long began = confidence.begin();
    RedisDeadline deadline = new RedisDeadline(timeout);
    try {
      RedisSession open = open(deadline);
      wakes.drainPermits(); // before the read: see the class comment
      StoredFlags stored = open.readUnless(good, maxBytes, deadline);
      if (stored != null) {
        refuseAnother(stored.revision());
        push(stored, consumer);
      } else {
        confidence.stillServes();
      }
      confidence.confirmed(began);
    } catch (FlagDocumentException e) {
      refuse(String.valueOf(e.getMessage()), null);
    } catch (IOException e) {
      drop(session);
      refuse(String.valueOf(e.getMessage()), null);
    } catch (InterruptedException e) {
      drop(session);
      refuse("interrupted", null);
      // For the starter. Our own thread's interrupt is close()'s, or somebody's and of no use.
      if (Thread.currentThread() != thread) {
        Thread.currentThread().interrupt();
      }
    } catch (Throwable t) {
      drop(session);
      refuse("failed: " + t, t);
    }
  }

  // Guarded by `this`, and SUBSCRIBE before any read: a write is then either read or heard of.
  private RedisSession open(RedisDeadline deadline) throws IOException, InterruptedException {
    RedisSession present = session;
    if (present != null && !present.isOver()) {
      return present;
    }
    drop(present);
    connectedAt = System.nanoTime();
    RedisSession opened = RedisSession.open(servers, keys, wakes::release, deadline);
    session = opened;
    // close() either sees this session or is seen here.
    if (isClosed()) {
      drop(opened);
    }
    opened.subscribe(wakes::release, deadline);
    return opened;
  }

  private static void drop(@Nullable RedisSession session) {
    if (session != null) {
      session.close();
    }
  }

  private void refuseAnother(FlagRevision revision) throws FlagDocumentException {
    if (revision.version() == 0) {
      throw new FlagDocumentException("no document there (expected: one)");
    }
    // An equal version is let through: it is another write, and by somebody who saw the lower one.
    // So is a lower one that was written later: of one history, the lower was written earlier.
    FlagRevision serving = good;
    if (serving != null
        && serving.epoch().equals(revision.epoch())
        && revision.version() < serving.version()
        && WrittenAt.millis(revision) <= WrittenAt.millis(serving)) {
      throw new FlagDocumentException(
          "version: "
              + revision.version()
              + ", from an old backup? (expected: >= "
              + serving.version()
              + ", or a later write, or another epoch)");
    }
  }

  private void push(StoredFlags stored, Consumer<FlagSnapshot> consumer)
      throws FlagDocumentException {
    FlagSnapshot snapshot = stored.parse();
    if (isClosed()) {
      return;
    }
    consumer.accept(snapshot);
    // Not before: a consumer that threw is offered the same document again.
    good = stored.revision();
    confidence.serves(snapshot);
    if (lastKnownGood != null) {
      lastKnownGood.keep(stored, this, log);
    }
  }

  private void load(LastKnownGood file, Consumer<FlagSnapshot> consumer) {
    try {
      StoredFlags stored = file.load();
      if (stored != null) {
        FlagSnapshot snapshot = stored.parse();
        consumer.accept(snapshot);
        good = stored.revision();
        confidence.servesFrom(file + ", until Redis confirms it", snapshot);
      }
    } catch (IOException | FlagDocumentException | RuntimeException e) {
      log.warn("flags {}: last known good ignored: {}", this, e.toString());
    }
  }

  private void refuse(String what, @Nullable Throwable cause) {
    if (isClosed()) {
      return; // close() has interrupted a read
    }
    confidence.refused(what, cause);
  }

  /** The settings of a {@link RedisFlagSource}. Not thread-safe. */
  public static final class Builder {
    /** How often the version is asked for unless said otherwise. */
    public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(10);

    /** How long an attempt may take unless said otherwise. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(1);

    private final RedisServers servers;
    private final RedisKeys keys;
    private Duration pollInterval = DEFAULT_POLL_INTERVAL;
    private Duration timeout = DEFAULT_TIMEOUT;
    private int maxBytes = MaxBytes.DEFAULT;
    private @Nullable Path lastKnownGood;
    private Ticker ticker = Ticker.system();

    private Builder(RedisServers servers, String namespace) {
      this.servers = servers;
      this.keys = new RedisKeys(requireNonNull(namespace, "namespace"));
    }

    /**
     * How often the version is asked for, whatever is announced; ± 20 %, so that instances do not
     * ask together. 50 ms to 1 h. Default: 10 s.
     */
    public Builder pollInterval(Duration pollInterval) {
      this.pollInterval = requireNonNull(pollInterval, "pollInterval");
      return this;
    }

    /**
     * How long an attempt may take in all: connecting, subscribing, reading. Also how long a start
     * may block, and the first attempt loads Lettuce: give it more where the CPU is short. 10 ms to
     * 1 min. Default: 1 s.
     */
    public Builder timeout(Duration timeout) {
      this.timeout = requireNonNull(timeout, "timeout");
      return this;
    }

    /**
     * The largest document that is taken, 1 KiB to 256 MiB. Redis is asked for the size first, so a
     * larger one is not read. Default: 16 MiB.
     */
    public Builder maxBytes(int maxBytes) {
      this.maxBytes = maxBytes;
      return this;
    }

    /**
     * A file in which the last good document is kept, for a start while Redis is away. It belongs
     * to one process, whose user can create files beside it; a broken one is ignored, with a
     * warning. Default: none.
     */
    public Builder lastKnownGood(Path lastKnownGood) {
      this.lastKnownGood = requireNonNull(lastKnownGood, "lastKnownGood");
      return this;
    }

    /** What ages are read from. Default: the machine's clock. */
    Builder ticker(Ticker ticker) {
      this.ticker = ticker;
      return this;
    }

    /**
     * The source, not started yet.
     *
     * @throws IllegalArgumentException if a setting is out of its bounds
     */
    public RedisFlagSource build() {
      PollInterval.require(pollInterval);
      AttemptTimeout.require(timeout);
      MaxBytes.require(maxBytes);
      return new RedisFlagSource(this);
    }
  }
}
