package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.Ticker;
import dev.zdd.core.http.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The health of this process: its checks, run on a schedule, and the three {@linkplain Probe
 * probes} that report them.
 *
 * <pre>{@code
 * Health health = Health.builder(lifecycle)
 *     .liveness("deadlock", Checks.deadlock())
 *     .readiness("orders-db", HikariCheck.of(dataSource))
 *     .readiness("sessions", LettuceCheck.of(redis), c -> c.optional())
 *     .startup("caches", () -> HealthResult.upIf(caches.warm(), "caches are cold"))
 *     .start();
 * }</pre>
 *
 * <p>A probe never runs a check: {@link #endpoint()} and {@link #snapshot} read what the schedule
 * last found, on any thread, and never block. Two daemon threads of its own keep the schedule and
 * call the listeners; each run of a check has a thread of its own ({@link HealthCheck}).
 */
public final class Health implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Health.class);

  /** Hears of each run of a check, on the timer thread: must not block. */
  interface RunListener {
    void ran(CheckSnapshot check, CheckRunner.Outcome outcome, Duration took);
  }

  private final Lifecycle lifecycle;
  private final Ticker ticker;
  private final Endpoint endpoint;
  private final Map<Probe, ProbeBoard> boards = new EnumMap<>(Probe.class);
  private final Map<Probe, List<CheckRunner>> runners = new EnumMap<>(Probe.class);
  // A change is published, and handed to those who listen at that moment, in one step under this
  // lock. Otherwise who begins to listen meanwhile would see the change in a snapshot and be told
  // of it once more, or would not see it and never be told.
  private final Object publishing = new Object();
  private List<Consumer<HealthChange>> listeners = List.of(); // guarded by publishing
  private final List<RunListener> runListeners = new CopyOnWriteArrayList<>();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, daemon("zdd-health"));

  // Listeners are strangers' code: one that hangs must not keep a timeout from being noticed.
  private final ExecutorService teller =
      Executors.newSingleThreadExecutor(daemon("zdd-health-listeners"));

  private volatile boolean reachedReady;
  private volatile boolean closed;

  private Health(Builder builder) {
    this.lifecycle = builder.lifecycle;
    this.ticker = builder.ticker;
    this.endpoint = new HealthEndpoint(this, builder.names, builder.reasons);
    timer.setRemoveOnCancelPolicy(true);
    for (Probe probe : Probe.values()) {
      boards.put(probe, new ProbeBoard(ticker));
      runners.put(probe, new ArrayList<>());
    }
    for (Registration one : builder.registrations) {
      CheckRunner runner =
          new CheckRunner(
              one.probe, one.name, one.check, one.options, timer, ticker, new Publisher(one.probe));
      checksOf(one.probe).add(runner);
    }
  }

  /** The beginning of a health: no checks, and probes that follow {@code lifecycle}. */
  public static Builder builder(Lifecycle lifecycle) {
    return new Builder(requireNonNull(lifecycle, "lifecycle"));
  }

  /**
   * Answers {@code /healthz}, {@code /ready} and {@code /startup}, and the name of a check below
   * each ({@code /ready/orders-db}); 404 elsewhere. {@code ?verbose} shows the checks, {@code
   * ?exclude=NAME} leaves one out. Any number of threads may call it, an event loop too.
   */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** What {@code probe} would be answered at this moment, and why. Never blocks. */
  public HealthSnapshot snapshot(Probe probe) {
    return snapshot(probe, Set.of());
  }

  /**
   * Registers a listener for changes from here on: those that {@link #snapshot} does not show yet
   * when this returns. It is told of each once, in order, on a thread that serves listeners only;
   * what it throws is logged, and the next one is told all the same.
   */
  public void onChange(Consumer<HealthChange> listener) {
    requireNonNull(listener, "listener");
    synchronized (publishing) {
      listeners = Stream.concat(listeners.stream(), Stream.of(listener)).toList();
    }
  }

  /**
   * Stops the schedule and interrupts what still runs; does not wait for it. From here on readiness
   * is down, and liveness and startup stay at what was known last.
   */
  @Override
  public void close() {
    closed = true;
    boards.values().forEach(ProbeBoard::freeze);
    timer.shutdownNow();
    runners.values().forEach(each -> each.forEach(CheckRunner::close));
    teller.shutdown();
  }

  void onRun(RunListener listener) {
    runListeners.add(listener);
  }

  Lifecycle lifecycle() {
    return lifecycle;
  }

  Ticker ticker() {
    return ticker;
  }

  ProbeBoard board(Probe probe) {
    return requireNonNull(boards.get(probe));
  }

  HealthSnapshot snapshot(Probe probe, Set<String> excluded) {
    Lifecycle.State state = lifecycle.state();
    ProbeBoard board = board(probe);
    Status status = isHeldDown(probe, state) ? Status.DOWN : board.worst(excluded);
    return new HealthSnapshot(probe, status, state, board.checks(excluded));
  }

  /** Like {@link #snapshot}, the status alone: for the request path. */
  Status status(Probe probe, Set<String> excluded) {
    return isHeldDown(probe, lifecycle.state()) ? Status.DOWN : board(probe).worst(excluded);
  }

  // Looked at with each request and never published with the checks: between SIGTERM and the next
  // run of a check a balancer would go on sending.
  private boolean isHeldDown(Probe probe, Lifecycle.State state) {
    return switch (probe) {
      case LIVENESS -> false;
      case READINESS -> closed || state != Lifecycle.State.READY;
      // The listener is told a moment after the state has changed, hence both.
      case STARTUP -> !reachedReady && state != Lifecycle.State.READY;
    };
  }

  private List<CheckRunner> checksOf(Probe probe) {
    return requireNonNull(runners.get(probe));
  }

  private void publish(Probe probe) {
    board(probe).publish(checksOf(probe).stream().map(CheckRunner::snapshot).toList());
  }

  private Health started() {
    lifecycle.onTransition(transition -> {
      if (transition.to() == Lifecycle.State.READY) {
        reachedReady = true;
      }
    });
    for (Probe probe : Probe.values()) {
      publish(probe);
      for (CheckRunner runner : checksOf(probe)) {
        CheckOptions options = runner.snapshot().options();
        log.info(
            "health check {} ({}): every {}, timeout {}; a failure shows after at most {}",
            runner.snapshot().name(),
            probe.label(),
            CheckOptions.seconds(options.every()),
            CheckOptions.seconds(options.timeout()),
            CheckOptions.seconds(options.detection()));
        timer.execute(runner::due);
      }
    }
    return this;
  }

  private static void tell(List<Consumer<HealthChange>> listeners, HealthChange change) {
    for (Consumer<HealthChange> listener : listeners) {
      try {
        listener.accept(change);
      } catch (Throwable t) {
        log.error("a health listener failed; the others are told all the same", t);
      }
    }
  }

  private static ThreadFactory daemon(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private final class Publisher implements CheckRunner.Observer {
    private final Probe probe;

    Publisher(Probe probe) {
      this.probe = probe;
    }

    @Override
    public void refreshed(CheckRunner runner) {
      publish(probe);
    }

    @Override
    public void settled(
        CheckRunner runner,
        CheckRunner.Outcome outcome,
        Duration took,
        @Nullable HealthChange change) {
      synchronized (publishing) {
        publish(probe);
        if (change != null) {
          List<Consumer<HealthChange>> now = listeners;
          teller.execute(() -> tell(now, change));
        }
      }
      for (RunListener listener : runListeners) {
        try {
          listener.ran(runner.snapshot(), outcome, took);
        } catch (Throwable t) {
          log.error("the meters of a health check failed", t);
        }
      }
    }
  }

  private record Registration(Probe probe, String name, HealthCheck check, CheckOptions options) {}

  /**
   * Collects the checks and starts them. A check's name has the characters a-z, 0-9, dot, hyphen
   * and underscore, at most {@value #LONGEST_NAME}, because it stands in paths and meters; it is
   * unique within its probe. A bad name or setting is refused when it is given.
   */
  public static final class Builder {
    /** How long the name of a check may be. */
    public static final int LONGEST_NAME = 64;

    private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1," + LONGEST_NAME + "}");

    private final Lifecycle lifecycle;
    private final List<Registration> registrations = new ArrayList<>();
    private final Set<String> taken = new HashSet<>();
    private Ticker ticker = Ticker.system();
    private boolean names = true;
    private boolean reasons = false;

    private Builder(Lifecycle lifecycle) {
      this.lifecycle = lifecycle;
    }

    /** Adds a check of this process itself; see {@link LocalCheck} for why only those. */
    public Builder liveness(String name, LocalCheck check) {
      return liveness(name, check, UnaryOperator.identity());
    }

    /** Adds a check of this process itself, not with the defaults. */
    public Builder liveness(String name, LocalCheck check, UnaryOperator<CheckOptions> options) {
      return add(Probe.LIVENESS, name, check, options);
    }

    /** Adds a check that has to be up for requests to be sent here. */
    public Builder readiness(String name, HealthCheck check) {
      return readiness(name, check, UnaryOperator.identity());
    }

    /** Adds a check that has to be up for requests to be sent here, not with the defaults. */
    public Builder readiness(String name, HealthCheck check, UnaryOperator<CheckOptions> options) {
      return add(Probe.READINESS, name, check, options);
    }

    /** Adds a check that has to be up once for the process to have started. */
    public Builder startup(String name, HealthCheck check) {
      return startup(name, check, UnaryOperator.identity());
    }

    /** Adds a check that has to be up once for the process to have started, not with defaults. */
    public Builder startup(String name, HealthCheck check, UnaryOperator<CheckOptions> options) {
      return add(Probe.STARTUP, name, check, options);
    }

    /**
     * Whether the endpoint names the checks; default true. Without names it has no verbose form.
     */
    public Builder showNames(boolean show) {
      names = show;
      return this;
    }

    /** Whether the endpoint says why a check is not up; default false: the port may be public. */
    public Builder showReasons(boolean show) {
      reasons = show;
      return this;
    }

    /** Measures ages by {@code ticker}; default is the machine's. Runs are timed by the machine. */
    public Builder ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /**
     * Starts the schedule: the first run of every check begins at once, all in parallel. Logs for
     * each check how long a failure takes to show.
     */
    public Health start() {
      return new Health(this).started();
    }

    private Builder add(
        Probe probe, String name, HealthCheck check, UnaryOperator<CheckOptions> options) {
      if (!NAME.matcher(requireNonNull(name, "name")).matches()) {
        throw new IllegalArgumentException(
            "health check name: \"" + name + "\" (expected: " + NAME.pattern() + ")");
      }
      String title = "health check \"" + name + "\"";
      requireNonNull(check, () -> title + ": check is null (expected: a check)");
      requireNonNull(options, () -> title + ": options is null (expected: a function)");
      CheckOptions chosen =
          requireNonNull(
              options.apply(CheckOptions.DEFAULTS),
              () -> title + ": options returned null (expected: the options)");
      try {
        chosen.verify();
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(title + ": " + e.getMessage(), e);
      }
      if (!taken.add(probe + " " + name)) {
        throw new IllegalArgumentException(title + " is already registered for " + probe);
      }
      registrations.add(new Registration(probe, name, check, chosen));
      return this;
    }
  }
}
