package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Heartbeat;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Ready-made checks that need nothing but {@code java.base} and {@code java.management}. Those of
 * this process itself are {@link LocalCheck}s, which liveness takes, too.
 */
public final class Checks {
  private static final int MOST_PORT = 65_535;

  private Checks() {}

  /**
   * Down when platform threads have locked each other out: a state that only a restart ends. The
   * threads and what they wait for are logged when a deadlock is first seen. The JVM does not find
   * deadlocks of virtual threads, so neither does this.
   */
  public static LocalCheck deadlock() {
    return new DeadlockCheck(ManagementFactory.getThreadMXBean());
  }

  /**
   * Down when {@code executor} lets a task wait for {@code limit}: a worker pool whose threads all
   * hang. Also down once it is shut down. See {@link Heartbeat}, which does this and logs where it
   * hangs; its check needs a timeout of more than {@value Heartbeat#PATIENCE_MILLIS} ms to say why
   * it is down. For the loops of a Netty server take zdd-netty's {@code EventLoopHeartbeat}.
   *
   * <p>A pool that is merely busy for that long looks the same; for {@linkplain Probe#LIVENESS
   * liveness} choose a limit that no load explains.
   *
   * @param limit more than 0
   */
  public static LocalCheck executor(Executor executor, Duration limit) {
    return LocalCheck.of(Heartbeat.of(executor, limit));
  }

  /**
   * Down when more than {@code percent} of the largest heap were in use right after the last
   * garbage collection: what a leak looks like before it is an {@code OutOfMemoryError}. What is
   * only waiting to be collected does not count. Up until there was a collection, and where the
   * collector does not tell.
   *
   * @param percent 1 to 99
   */
  public static LocalCheck heapAfterCollection(int percent) {
    if (percent < 1 || percent > 99) {
      throw new IllegalArgumentException("percent: " + percent + " (expected: 1 to 99)");
    }
    return new HeapCheck(percent, Runtime.getRuntime().maxMemory());
  }

  /**
   * Down when fewer than {@code leastBytes} can be written to the file system that holds {@code
   * path}, or there is no such path. Not for liveness: no restart empties a disk. A file system
   * that hangs (NFS) makes it time out. It does not see that there is no inode left.
   *
   * @param leastBytes more than 0
   */
  public static HealthCheck diskSpace(Path path, long leastBytes) {
    requireNonNull(path, "path");
    if (leastBytes < 1) {
      throw new IllegalArgumentException("leastBytes: " + leastBytes + " (expected: more than 0)");
    }
    return new DiskSpaceCheck(path, leastBytes);
  }

  /**
   * Up if a connection to this port is accepted within the timeout; it is closed without a byte.
   * The kernel accepts for a process that hangs, too, as long as its queue has room: what the
   * service itself says ({@link HttpCheck}) is worth more.
   *
   * @param port 1 to 65535
   */
  public static HealthCheck tcp(String host, int port) {
    requireNonNull(host, "host");
    if (port < 1 || port > MOST_PORT) {
      throw new IllegalArgumentException("port: " + port + " (expected: 1 to " + MOST_PORT + ")");
    }
    return new TcpCheck(host, port);
  }

  /**
   * Up if {@code name} can be resolved to an address. The JVM remembers both answers (30 s and 10 s
   * unless {@code networkaddress.cache.ttl} and its negative twin say otherwise), and so the check
   * may be that much late.
   */
  public static HealthCheck dns(String name) {
    return new DnsCheck(requireNonNull(name, "name"));
  }

  /**
   * Degraded when a TLS certificate expires within {@code warning}, down when it has expired or is
   * not valid yet.
   *
   * @param current the one in use, asked for in each run, so that a new one is seen
   * @param warning 0 or more; some weeks, say
   */
  public static HealthCheck certificate(Supplier<X509Certificate> current, Duration warning) {
    requireNonNull(current, "current");
    if (warning.isNegative()) {
      throw new IllegalArgumentException("warning: " + warning + " (expected: 0 or more)");
    }
    return new CertificateCheck(current, warning, Clock.systemUTC());
  }
}
