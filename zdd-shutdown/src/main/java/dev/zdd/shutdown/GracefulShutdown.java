package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Drainable;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.Ticker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a process from SIGTERM to its exit without losing a request.
 *
 * <pre>
 * T0        SIGTERM (or SIGINT, SIGHUP, {@link #shutdown}). Readiness says no on the same port; liveness
 *           stays. Everything is served normally, and clients are told to go elsewhere.
 * T0 … T1   ANNOUNCE: until every prober that was seen has read "not ready" often enough and no new
 *           request comes; bounded, and a fixed time where no prober was seen.
 * T1        UNBIND: the accept queue is emptied, the listener closes.
 * T1 … T2   SETTLE: what is long-lived is told to end; requests in flight finish, to the last byte;
 *           clients close their connections.
 * T2 … T3   CLOSE: servers, then the steps in their order, each bounded, none skipped.
 * T3        the report, then exit: 0 if clean, another code if something was cut.
 * </pre>
 *
 * <p>A second signal ends ANNOUNCE at once; a third ends the process at once. At the deadline it
 * ends whatever happens: the last resort is a watchdog that halts the JVM.
 *
 * <p>The signal is taken from the JVM through {@code sun.misc.Signal}: only so can the exit code
 * say what happened, and only so is a second signal heard. Where the JVM does not allow it ({@code
 * -Xrs}, an image without module jdk.unsupported) and when somebody else calls {@link System#exit},
 * a JVM shutdown hook runs the same timeline; the exit code is then not ours (143 after SIGTERM).
 * In that case other hooks run beside ours: a logging framework's own hook may stop the log before
 * the drain is over, so switch it off (log4j2: {@code shutdownHook="disable"}).
 *
 * <p>What is registered after {@link Builder#build} (from a step, from a listener, while it drains)
 * is refused: it would never be closed.
 *
 * <p>Thread-safe. The timeline runs at most once in the life of an instance, on a thread of its
 * own.
 */
public final class GracefulShutdown implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GracefulShutdown.class);
  private static final Duration LISTENER_BOUND = Duration.ofSeconds(1);

  private final ShutdownSettings settings;
  private final @Nullable Runnable onHangup;
  private final @Nullable ReportFile reportFile;
  private final LiveDrain live;
  private final Timeline timeline;
  private final List<Consumer<? super DrainReport>> reportListeners;

  // Whoever moves it from false runs the timeline; everyone else waits for `report`.
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CompletableFuture<DrainReport> report = new CompletableFuture<>();

  private volatile @Nullable Installation installation;

  private GracefulShutdown(Builder builder, ShutdownSettings settings) {
    List<Server> servers = List.copyOf(builder.servers);
    List<Step> steps = List.copyOf(builder.steps);
    steps.forEach(settings::checkTimeout);
    this.settings = settings;
    this.reportListeners = List.copyOf(builder.reportListeners);
    this.onHangup = builder.onHangup;
    this.reportFile = builder.reportFile;
    this.live = new LiveDrain(builder.lifecycle, Ticker.system(), settings.deadline());
    this.timeline =
        new Timeline(
            live, servers, ClosingOrder.of(servers, steps, settings), settings, Ticker.system());
  }

  /** Settings for the shutdown of the process whose lifecycle this is. */
  public static Builder builder(Lifecycle lifecycle) {
    return new Builder(lifecycle);
  }

  /**
   * Drains and closes without ending the process: for tests, and for programs that end themselves.
   * Returns at once; the second and later calls return the same future.
   *
   * @param reason why, for the log and the report
   * @return the report, completed when the last step has run; never exceptionally
   * @throws OutOfMemoryError if no thread can be had for it; it can then be begun again
   */
  public CompletableFuture<DrainReport> shutdown(String reason) {
    requireNonNull(reason, "reason");
    if (claim()) {
      Thread thread = new Thread(() -> run(reason, false), "zdd-shutdown");
      thread.setDaemon(false); // a JVM whose other threads have ended must not end before this one
      try {
        thread.start();
      } catch (OutOfMemoryError e) {
        begun.set(false); // no thread to be had: the signal that comes later must find it unclaimed
        throw e;
      }
    }
    return report.copy();
  }

  /** Where it stands. From any thread, before, during and after; it allocates. */
  public DrainProgress progress() {
    return live.progress();
  }

  /**
   * Stops listening to signals and takes the hook back, for a program that goes on without zdd.
   * Does not stop a shutdown that has begun.
   */
  @Override
  public void close() {
    Installation installed = installation;
    if (installed != null) {
      installed.close();
    }
  }

  /** Whether the caller is the one to {@link #run} the timeline. True once. */
  boolean claim() {
    return begun.compareAndSet(false, true);
  }

  /** Runs the timeline on this thread; only for who has claimed it. */
  DrainReport run(String reason, boolean atTerminal) {
    DrainReport done = timeline.run(reason, atTerminal);
    log.info("shutdown +{}: {}", Seconds.of(done.duration()), done.summary());
    tell(done);
    report.complete(done);
    return done;
  }

  /** Gets ready, so that what a signal begins begins at once. */
  void rehearse() {
    Timeline.rehearse(settings, Ticker.system());
  }

  /** Ends the announce phase. */
  void hurry() {
    timeline.hurry();
  }

  /** What SIGHUP means; null if it means what SIGTERM means. */
  @Nullable Runnable onHangup() {
    return onHangup;
  }

  LiveDrain live() {
    return live;
  }

  ShutdownSettings settings() {
    return settings;
  }

  /** Completed when the timeline is over. */
  CompletableFuture<DrainReport> report() {
    return report;
  }

  private void tell(DrainReport done) {
    ReportFile file = reportFile;
    if (file != null) {
      bounded("the report could not be written to its file", () -> file.write(done));
    }
    for (Consumer<? super DrainReport> listener : reportListeners) {
      bounded("a report listener failed", () -> listener.accept(done));
    }
  }

  private static void bounded(String failure, AutoCloseable action) {
    Bounded.Outcome outcome = Bounded.run("report", action, LISTENER_BOUND);
    if (outcome instanceof Bounded.Outcome.Failed failed) {
      log.error(failure, failed.cause());
    } else if (outcome instanceof Bounded.Outcome.Hung hung) {
      log.error("{}: it has not returned within {}", failure, Seconds.of(hung.bound()));
    }
  }

  /** Collects what to drain, what to close, and the bounds. Not thread-safe. */
  public static final class Builder {
    private final Lifecycle lifecycle;
    private final List<Server> servers = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final List<Consumer<? super DrainReport>> reportListeners = new ArrayList<>();

    private Duration announceMin = Duration.ZERO;
    private Duration announceTimeout = Duration.ofSeconds(10);
    private Duration announceUnprobed = Duration.ofSeconds(5);
    private Duration quiet = Duration.ofMillis(500);
    private int refusals = 3;
    private final Map<String, Integer> refusalsByAgent = new HashMap<>();
    private Duration unbind = Duration.ofSeconds(2);
    private boolean refuseAfterUnbind;
    private Duration settle = Duration.ofSeconds(20);
    private Duration goodbyes = Duration.ofSeconds(1);
    private Duration idle = Duration.ofSeconds(5);
    private Duration step = Duration.ofSeconds(5);
    private Duration deadline = Duration.ofSeconds(25);
    private int exitCodeWhenClean;
    private int exitCodeWhenCut = 75;
    private @Nullable Runnable onHangup;
    private @Nullable ReportFile reportFile;
    private boolean built;

    private Builder(Lifecycle lifecycle) {
      this.lifecycle = requireNonNull(lifecycle, "lifecycle");
    }

    /** Drains a server, called "server" in log and report. */
    public Builder server(Drainable server) {
      return server("server", server);
    }

    /** Drains a server, or whatever else takes work from outside. */
    public Builder server(String name, Drainable server) {
      servers.add(new Server(unused(name), requireNonNull(server, name)));
      return this;
    }

    /**
     * Closes something after the servers, in reverse order of registration: register what others
     * need first, as one opens it.
     */
    public Builder close(String name, AutoCloseable closeable) {
      return close(name, closeable, options -> {});
    }

    /**
     * Closes something after the servers, in a phase, after others, or beside them.
     *
     * @param options is called once, at once: {@code o -> o.inPhase(FINISH).timeout(d)}
     */
    public Builder close(
        String name, AutoCloseable closeable, Consumer<? super StepOptions> options) {
      StepOptions chosen = new StepOptions();
      options.accept(chosen);
      steps.add(chosen.named(unused(name), requireNonNull(closeable, name)));
      return this;
    }

    /** Is told of the report before the process exits. At most 1 s; what it throws is logged. */
    public Builder onReport(Consumer<? super DrainReport> listener) {
      reportListeners.add(requireNonNull(listener, "listener"));
      return this;
    }

    /**
     * Writes the report to a file as JSON ({@link DrainReport#toJson}) before the process exits: at
     * once whole, in place of the one before. If it cannot be written, that is logged.
     *
     * @throws IllegalArgumentException if its directory does not exist
     */
    public Builder reportFile(Path file) {
      this.reportFile = ReportFile.at(requireNonNull(file, "file"));
      return this;
    }

    /**
     * What SIGHUP means, once installed: to load the configuration again. Called on a thread of its
     * own, not two at a time, not once the process is leaving; what it throws is logged. Default:
     * SIGHUP ends the process as SIGTERM does. A JVM that was started with SIGHUP ignored ({@code
     * nohup}) goes on ignoring it.
     */
    public Builder onHangup(Runnable reload) {
      this.onHangup = requireNonNull(reload, "reload");
      return this;
    }

    /**
     * A fixed time to go on serving so that the balancer can notice, whatever is seen: sets {@link
     * #announceMin}, {@link #announceTimeout} and {@link #announceUnprobed} to the same. At least
     * 0, and less than the deadline.
     */
    public Builder announce(Duration time) {
      return announceMin(time).announceTimeout(time).announceUnprobed(time);
    }

    /** How long to go on serving at least. Default 0. At most the other two. */
    public Builder announceMin(Duration announceMin) {
      this.announceMin = requireNonNull(announceMin, "announceMin");
      return this;
    }

    /**
     * How long to go on serving at most, where probers were seen, until each of them has been
     * refused as often as it needs and no new request comes. Default 10 s: HAProxy's default check
     * (every 2 s, 3 in a row) and one more. At least {@link #announceMin}, less than the deadline.
     * Without a server to drain, and on Ctrl-C at a terminal, nothing is waited for.
     */
    public Builder announceTimeout(Duration announceTimeout) {
      this.announceTimeout = requireNonNull(announceTimeout, "announceTimeout");
      return this;
    }

    /**
     * How long to go on serving where nobody was asking for readiness at the time of the signal:
     * behind nginx (open source), behind Kubernetes without a direct probe. Default 5 s. At least
     * {@link #announceMin}, less than the deadline.
     */
    public Builder announceUnprobed(Duration announceUnprobed) {
      this.announceUnprobed = requireNonNull(announceUnprobed, "announceUnprobed");
      return this;
    }

    /**
     * How long no new request must have come, and how long a prober has had to read its last
     * refusal, before the announcement ends. Default 500 ms. At least 0, less than the deadline.
     */
    public Builder quiet(Duration quiet) {
      this.quiet = requireNonNull(quiet, "quiet");
      return this;
    }

    /**
     * How often in a row a prober must have been told "not ready" until it sends nothing more.
     * Default 3: HAProxy's {@code fall} and the kubelet's {@code failureThreshold}. At least 1.
     */
    public Builder refusalsNeeded(int refusals) {
      this.refusals = refusals;
      return this;
    }

    /**
     * The same for one kind of prober. Of several prefixes that fit, the longest counts. At least
     * 0, which is for who asks for readiness and sends no traffic, and need not be waited for: a
     * monitoring system, a tool that deploys.
     *
     * @param userAgentPrefix how its {@code User-Agent} begins: "kube-probe/", "ELB-HealthChecker/"
     */
    public Builder refusalsNeeded(String userAgentPrefix, int refusals) {
      refusalsByAgent.put(requireNonNull(userAgentPrefix, "userAgentPrefix"), refusals);
      return this;
    }

    /** How long one server may take to close its listener. Default 2 s. More than 0. */
    public Builder unbind(Duration unbind) {
      this.unbind = requireNonNull(unbind, "unbind");
      return this;
    }

    /**
     * From the moment the listener has closed, refuses new requests on connections that are still
     * open: 503, {@code Retry-After}, and the end of the connection. For who would rather lose them
     * than wait: a balancer passes such an answer on to the user, and the report is not clean if
     * there was one. Default: they are served.
     */
    public Builder refuseAfterUnbind() {
      this.refuseAfterUnbind = true;
      return this;
    }

    /**
     * Over how long the goodbyes to what is {@linkplain Lifecycle#longLived long-lived} are spread,
     * once the listener has closed, so that the peers do not all connect again at once. Default 1
     * s; 0 is all at once. At least 0; the settle phase bounds it.
     */
    public Builder goodbyes(Duration goodbyes) {
      this.goodbyes = requireNonNull(goodbyes, "goodbyes");
      return this;
    }

    /** How long to wait for what is in flight. Default 20 s. More than 0, at most the deadline. */
    public Builder settle(Duration settle) {
      this.settle = requireNonNull(settle, "settle");
      return this;
    }

    /**
     * How long nothing must have happened on a connection before the server closes it of its own
     * accord, after the listener has closed. Default 5 s. More than 0. The shorter, the likelier
     * that a request is on the wire at that moment and is lost.
     */
    public Builder idle(Duration idle) {
      this.idle = requireNonNull(idle, "idle");
      return this;
    }

    /** How long one closing step may take. Default 5 s. More than 0, at most the deadline. */
    public Builder step(Duration step) {
      this.step = requireNonNull(step, "step");
      return this;
    }

    /**
     * The bound over everything. Default 25 s: below the 30 s after which Kubernetes sends SIGKILL.
     * More than 0.
     */
    public Builder deadline(Duration deadline) {
      this.deadline = requireNonNull(deadline, "deadline");
      return this;
    }

    /**
     * The exit code if nothing was cut and no step failed. Default 0; 143 says "ended by SIGTERM"
     * as a process without a handler does. 0 to 255.
     */
    public Builder exitCodeWhenClean(int exitCodeWhenClean) {
      this.exitCodeWhenClean = exitCodeWhenClean;
      return this;
    }

    /**
     * The exit code if something was cut or a step failed. Default 75 (EX_TEMPFAIL in sysexits.h).
     * 1 to 255.
     */
    public Builder exitCodeWhenCut(int exitCodeWhenCut) {
      this.exitCodeWhenCut = exitCodeWhenCut;
      return this;
    }

    /**
     * A shutdown that begins only when it is told to, by {@link GracefulShutdown#shutdown}.
     *
     * @throws IllegalArgumentException if a setting is out of its bounds, or steps wait for each
     *     other in a circle; the message names them
     */
    public GracefulShutdown build() {
      AnnounceSettings announce =
          new AnnounceSettings(
              announceMin, announceTimeout, announceUnprobed, quiet, refusals, refusalsByAgent);
      GracefulShutdown shutdown =
          new GracefulShutdown(
              this,
              new ShutdownSettings(
                  announce,
                  unbind,
                  refuseAfterUnbind,
                  settle,
                  goodbyes,
                  idle,
                  step,
                  deadline,
                  exitCodeWhenClean,
                  exitCodeWhenCut));
      built = true;
      return shutdown;
    }

    /**
     * A shutdown that begins at SIGTERM, at SIGINT, at SIGHUP, or when the JVM is told to exit.
     *
     * @throws IllegalArgumentException if a setting is out of its bounds; the message names it
     * @throws IllegalStateException if one is installed already, or the JVM is shutting down
     */
    public GracefulShutdown install() {
      GracefulShutdown shutdown = build();
      shutdown.installation = Installation.of(shutdown);
      return shutdown;
    }

    private String unused(String name) {
      if (built) {
        // It would never be closed, and nobody would be told.
        throw new IllegalStateException(
            "cannot add \""
                + name
                + "\" to a shutdown that is built (state: "
                + lifecycle.state()
                + ", expected: before build())");
      }
      if (requireNonNull(name, "name").isBlank()) {
        throw new IllegalArgumentException("name: \"" + name + "\" (expected: not blank)");
      }
      if (!names.add(name)) {
        throw new IllegalArgumentException("\"" + name + "\" is already registered for shutdown");
      }
      return name;
    }
  }
}
