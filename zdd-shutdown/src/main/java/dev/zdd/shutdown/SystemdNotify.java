package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Lifecycle;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd where this process is in its life (sd_notify(3)), for a unit of {@code
 * Type=notify}. Without {@code NOTIFY_SOCKET} in the environment, that is without systemd, it does
 * nothing.
 *
 * <ul>
 *   <li>READY: {@code READY=1}: only now do units that come after this one start.
 *   <li>DRAINING: {@code STOPPING=1} and, once, {@code EXTEND_TIMEOUT_USEC}: systemd waits at least
 *       that long ({@link #follow(Lifecycle, BooleanSupplier, Duration)}) before it kills, whatever
 *       {@code TimeoutStopSec} says.
 *   <li>{@code WATCHDOG=1} twice in each {@code WatchdogSec}, while {@code live} says so; a process
 *       that is not live, or in which the question hangs, is killed and started again. It goes on
 *       through the drain.
 *   <li>{@code STATUS=} with each, for {@code systemctl status}.
 * </ul>
 *
 * <p>The socket takes datagrams, which the JDK cannot send to a Unix socket. On Java 22 and later
 * with native access ({@code --enable-native-access=dev.zdd.core}, or {@code ALL-UNNAMED} on the
 * class path) they are sent from this process, and {@code NotifyAccess=main} is enough. Otherwise
 * the program {@code systemd-notify} is run for each, which is another process: the unit then needs
 * {@code NotifyAccess=all}. What fails is logged (once in a row) and disturbs nothing.
 *
 * <p>Messages are sent by a daemon thread of their own; the question whether the process is live is
 * asked on another.
 */
public final class SystemdNotify implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SystemdNotify.class);

  /** The deadline of a shutdown (default 25 s) and a little. */
  private static final Duration STOP = Duration.ofSeconds(30);

  /** Sends one datagram. */
  @FunctionalInterface
  interface Sender {
    void send(String message) throws IOException;
  }

  private final @Nullable Sender sender;
  private final Duration stop;
  private final ScheduledExecutorService messages = thread("zdd-systemd");
  private final ScheduledExecutorService watchdog = thread("zdd-systemd-watchdog");

  // The messages' thread only.
  private boolean failing;

  private SystemdNotify(@Nullable Sender sender, Duration stop) {
    this.sender = sender;
    this.stop = requireNonNull(stop, "stop");
    if (stop.isNegative() || stop.isZero()) {
      throw new IllegalArgumentException("stop: " + stop + " (expected: > 0)");
    }
  }

  /**
   * Tells systemd of the lifecycle from here on, beginning with what it has reached already. 30 s
   * to stop.
   *
   * @param live whether the process works: the liveness of its health checks. Asked on a thread of
   *     its own, only if the unit has a {@code WatchdogSec}
   */
  public static SystemdNotify follow(Lifecycle lifecycle, BooleanSupplier live) {
    return follow(lifecycle, live, STOP);
  }

  /**
   * The same.
   *
   * @param stop how long systemd is to wait from T0 on: the shutdown's deadline and a few seconds.
   *     More than 0
   */
  public static SystemdNotify follow(Lifecycle lifecycle, BooleanSupplier live, Duration stop) {
    Map<String, String> environment = System.getenv();
    return follow(lifecycle, live, stop, environment, SystemdSocket.of(environment));
  }

  static SystemdNotify follow(
      Lifecycle lifecycle,
      BooleanSupplier live,
      Duration stop,
      Map<String, String> environment,
      @Nullable Sender sender) {
    SystemdNotify notify = new SystemdNotify(sender, stop);
    requireNonNull(live, "live");
    lifecycle.onTransition(notify::on);
    long interval = watchdogMicros(environment) / 2;
    if (sender != null && interval > 0) {
      Future<?> unused =
          notify.watchdog.scheduleAtFixedRate(
              () -> notify.pat(live), 0, interval, TimeUnit.MICROSECONDS);
    }
    return notify;
  }

  /** Says that the configuration is being read anew; {@link #reloaded} must follow. */
  public void reloading() {
    // In the clock of CLOCK_MONOTONIC, which System.nanoTime() reads on Linux.
    send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1_000 + "\nSTATUS=reloading");
  }

  /** Says that it has been read. */
  public void reloaded() {
    send("READY=1\nSTATUS=in service");
  }

  /** What {@code systemctl status} shows until the next transition; one line. */
  public void status(String status) {
    send("STATUS=" + oneLine(status));
  }

  /** Ends its threads; what is still to be sent is sent, for up to 1 s. */
  @Override
  public void close() {
    watchdog.shutdownNow();
    messages.shutdown();
    if (!ExecutorClose.ended(messages, Duration.ofSeconds(1))) {
      messages.shutdownNow();
    }
  }

  private void on(Lifecycle.Transition transition) {
    switch (transition.to()) {
      case READY -> send("READY=1\nSTATUS=in service");
      case DRAINING ->
          send(
              "STOPPING=1\nEXTEND_TIMEOUT_USEC="
                  + TimeUnit.NANOSECONDS.toMicros(stop.toNanos())
                  + "\nSTATUS=draining: "
                  + oneLine(transition.reason()));
      case STOPPED -> send("STATUS=stopped");
      case STARTING -> {
        // Where it begins.
      }
    }
  }

  private void pat(BooleanSupplier live) {
    try {
      if (live.getAsBoolean()) {
        send("WATCHDOG=1");
      }
    } catch (RuntimeException | Error e) {
      // Not rethrown: that would be the last question. Not answered counts as not live.
      log.error("whether this process is live could not be told; the watchdog is not patted", e);
    }
  }

  private void send(String message) {
    Sender to = sender;
    if (to == null) {
      return;
    }
    try {
      messages.execute(() -> sendNow(to, message));
    } catch (RejectedExecutionException e) {
      log.debug("closed; not sent: {}", message);
    }
  }

  private void sendNow(Sender to, String message) {
    try {
      to.send(message);
      failing = false;
    } catch (IOException | RuntimeException | Error e) {
      if (!failing) {
        failing = true;
        log.warn("systemd could not be told; going on without", e);
      }
    }
  }

  /** 0 if the unit has no watchdog, or one for another process. */
  private static long watchdogMicros(Map<String, String> environment) {
    String pid = environment.get("WATCHDOG_PID");
    if (pid != null && !pid.equals(Long.toString(ProcessHandle.current().pid()))) {
      return 0;
    }
    try {
      return Math.max(0, Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0")));
    } catch (NumberFormatException e) {
      log.warn("WATCHDOG_USEC: not a number; no watchdog");
      return 0;
    }
  }

  // A line break would begin another assignment.
  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    });
  }
}
