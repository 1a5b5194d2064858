package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.Ticker;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.Section;
import dev.zdd.core.page.StatusPage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
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
 * call the listeners, two more serve those who watch and wait, if any do; each run of a check has a
 * thread of its own ({@link HealthCheck}).
 *
 * <p>Checks may be added and {@linkplain #remove removed} while it runs, from any thread. One that
 * is added for readiness makes the process not ready until its first result, unless it is {@link
 * CheckOptions#optional()}.
 */
public final class Health extends CheckRegistry<Health> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Health.class);

  /** Hears of each run of a check, on the timer thread: must not block. */
  interface RunListener {
    void ran(CheckSnapshot check, CheckRunner.Outcome outcome, Duration took);
  }

  /** Hears which checks there are: must not block. */
  interface CheckListener {
    void added(Probe probe, String check);

    void removed(Probe probe, String check);
  }

  private final Lifecycle lifecycle;
  private final Ticker ticker;
  private final Audience audience;
  private final Endpoint endpoint;
  private final Boards boards;
  private final HealthSection section;
  private final List<RunListener> runListeners = new CopyOnWriteArrayList<>();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, daemon("zdd-health"));

  // How runs end: on the timer thread.
  private final Executor results = new BatchingExecutor(timer);

  private final Watchers watchers;
  private final LongPolls longPolls;

  // Listeners are strangers' code: one that hangs must not keep a timeout from being noticed.
  private final ExecutorService teller =
      Executors.newSingleThreadExecutor(daemon("zdd-health-listeners"));

  // Whoever changes what the boards show holds this: a result, a signal, a check that comes or
  // goes. A change is published, and handed to those who listen at that moment, in one step.
  // Otherwise who begins to listen meanwhile would see the change in a snapshot and be told of it
  // once more, or would not see it and never be told. Who reads the boards takes no lock.
  private final Object publishing = new Object();
  private List<Consumer<HealthChange>> listeners = List.of(); // guarded by publishing
  private List<CheckListener> checkListeners = List.of(); // guarded by publishing

  private volatile boolean reachedReady;
  private volatile boolean closed;

  private Health(Builder builder) {
    this.lifecycle = builder.lifecycle;
    this.ticker = builder.ticker;
    this.boards = new Boards(ticker, builder.groups);
    this.audience = new Audience(builder.details);
    this.endpoint = new HealthEndpoint(this, audience);
    this.watchers = new Watchers(builder.watchTick, daemon("zdd-health-watchers"));
    this.longPolls = new LongPolls(watchers, LongPolls.MOST, daemon("zdd-health-polls"));
    timer.setRemoveOnCancelPolicy(true);
    this.section = new HealthSection(this, audience);
  }

  /** The beginning of a health: no checks, and probes that follow {@code lifecycle}. */
  public static Builder builder(Lifecycle lifecycle) {
    return new Builder(requireNonNull(lifecycle, "lifecycle"));
  }

  /**
   * Answers {@code /healthz}, {@code /ready} and {@code /startup}, and the name of a check or a
   * {@linkplain Builder#group group} below ({@code /ready/orders-db}); 404 elsewhere. {@code
   * ?verbose} shows the checks, {@code ?exclude=NAME} leaves one out. {@code Accept} may ask for
   * another shape: {@code application/health+json}, {@code text/plain} as Kubernetes writes it,
   * {@code application/vnd.spring-boot.actuator.v3+json}. {@code If-None-Match} with {@code Prefer:
   * wait=SECONDS} waits for a change, at most 60 s, and at most 1,000 requests at once. Any number
   * of threads may call it, an event loop too.
   */
  public Endpoint endpoint() {
    return endpoint;
  }

  /**
   * Answers {@code /health}, {@code /health/live}, {@code /health/ready} and {@code
   * /health/started} in the shape of MicroProfile Health. While the lifecycle is STARTING, when the
   * application may not have registered all its checks yet, the latter two are DOWN and the first
   * with them, and liveness is UP; without any check all are UP once it is READY.
   */
  public Endpoint microProfile() {
    return MappedEndpoint.microProfile(this, audience);
  }

  /**
   * Answers {@code /actuator/health}, {@code /actuator/health/liveness} and {@code
   * /actuator/health/readiness}, and a check's name below the first, in the shape of Spring Boot
   * Actuator: for who moves here from there.
   */
  public Endpoint springBoot() {
    return MappedEndpoint.springBoot(this, audience);
  }

  /**
   * What a {@link StatusPage} shows of it: the probes and groups and since when, and each check
   * with its last changes, the worst first. Who is shown how much is the rule of {@link
   * Builder#details(Function)}, as everywhere.
   */
  public Section section() {
    return section;
  }

  /** What {@code probe} would be answered at this moment, and why. Never blocks. */
  public HealthSnapshot snapshot(Probe probe) {
    return snapshot(probe, board(probe), Set.of());
  }

  /**
   * What each probe says at this moment and why, in lines for a person: for a log, a shell, a
   * support ticket. Of every check: its status and for how long, the reason of its last failure,
   * when it last succeeded, when it runs next, how it is judged, and its last changes. Reasons are
   * shown, whatever the {@linkplain Builder#details details} of the endpoint. Never blocks.
   */
  public String explain() {
    return new Explanation(ticker.read()).of(this);
  }

  /** A {@link #signal(Probe, String, UnaryOperator) signal} of readiness, with the defaults. */
  public HealthSignal signal(String name) {
    return signal(Probe.READINESS, name, UnaryOperator.identity());
  }

  /**
   * Adds a check that is not run: what the application sets is what it is. Named like any check.
   *
   * @param options of which {@link CheckOptions#optional()} and {@link CheckOptions#shared()} are
   *     of use here
   */
  public HealthSignal signal(Probe probe, String name, UnaryOperator<CheckOptions> options) {
    CheckRegistration.requireName("health signal name", name);
    CheckOptions chosen = CheckRegistration.verified("health signal \"" + name + "\"", options);
    HealthSignal signal =
        new HealthSignal(probe, name, chosen, ticker, (it, change) -> settled(it, change));
    add(probe, name, signal);
    return signal;
  }

  /**
   * Removes a check or a signal, from its probe and its groups. What runs is interrupted, and what
   * it still finds is discarded. A check may remove itself.
   *
   * @return whether there was one of that name
   */
  public boolean remove(Probe probe, String name) {
    CheckEntry entry;
    synchronized (publishing) {
      entry = boards.remove(probe, name);
      if (entry == null) {
        return false;
      }
      checkListeners.forEach(each -> each.removed(probe, name));
    }
    watchers.mayHaveChanged();
    entry.close();
    log.info("health check {} is removed", probe.titleOf(name));
    return true;
  }

  /**
   * Registers a listener for changes from here on: those that {@link #snapshot} does not show yet
   * when this returns. It is told of each once, in order, on a thread that serves listeners only;
   * what it throws is logged, and the next one is told all the same.
   */
  public void onChange(Consumer<HealthChange> listener) {
    requireNonNull(listener, "listener");
    synchronized (publishing) {
      listeners = and(listeners, listener);
    }
  }

  /**
   * Stops the schedule and interrupts what still runs; does not wait for it. From here on readiness
   * is down, and liveness and startup stay at what was known last.
   */
  @Override
  public void close() {
    synchronized (publishing) {
      closed = true;
      boards.freeze();
    }
    watchers.close();
    longPolls.close();
    timer.shutdownNow();
    boards.entries().forEach(CheckEntry::close);
    teller.shutdown();
  }

  @Override
  Health add(CheckRegistration check) {
    if (check.probe() == Probe.STARTUP && lifecycle.state() != Lifecycle.State.STARTING) {
      // What has started stays started, and so would never wait for this one.
      throw new IllegalStateException(
          "cannot add startup check \""
              + check.name()
              + "\" (state: "
              + lifecycle.state()
              + ", expected: STARTING)");
    }
    CheckRunner runner = new CheckRunner(check, timer, results, ticker, this::settled);
    add(check.probe(), check.name(), runner);
    CheckOptions options = check.options();
    log.info(
        "health check {}: every {}, timeout {}; a failure shows after at most {}",
        check.title(),
        CheckOptions.seconds(options.every()),
        CheckOptions.seconds(options.timeout()),
        CheckOptions.seconds(options.detection()));
    runner.start();
    return this;
  }

  private void add(Probe probe, String name, CheckEntry entry) {
    synchronized (publishing) {
      if (closed) {
        throw new IllegalStateException("cannot add health check \"" + name + "\": closed");
      }
      if (!boards.add(probe, name, entry)) {
        throw taken(probe, name);
      }
      checkListeners.forEach(each -> each.added(probe, name));
    }
    watchers.mayHaveChanged();
  }

  void onRun(RunListener listener) {
    runListeners.add(listener);
  }

  /** Tells {@code listener} of the checks that there are, and then of those that come and go. */
  void onCheck(CheckListener listener) {
    synchronized (publishing) {
      checkListeners = and(checkListeners, listener);
      boards.entries().stream()
          .map(CheckEntry::snapshot)
          .forEach(check -> listener.added(check.probe(), check.name()));
    }
  }

  /** Who wants to be told when what is seen here changes. */
  Watchers watchers() {
    return watchers;
  }

  Audience audience() {
    return audience;
  }

  LongPolls longPolls() {
    return longPolls;
  }

  /** Whether nothing but an end is to be waited for. */
  boolean isEnding() {
    return closed || lifecycle.isLeaving();
  }

  Lifecycle lifecycle() {
    return lifecycle;
  }

  Ticker ticker() {
    return ticker;
  }

  ProbeBoard board(Probe probe) {
    return boards.of(probe);
  }

  /** The groups by name, in the order of their definition. */
  Map<String, ProbeBoard> groups() {
    return boards.groups();
  }

  /** The group of that name; null if there is none. */
  @Nullable ProbeBoard group(String name) {
    return boards.groups().get(name);
  }

  HealthSnapshot snapshot(Probe probe, ProbeBoard board, Set<String> excluded) {
    Lifecycle.State state = lifecycle.state();
    List<CheckSnapshot> checks = board.checks(excluded);
    Status status = isHeldDown(probe, state) ? Status.DOWN : board.worstOf(checks);
    return new HealthSnapshot(probe, status, state, checks);
  }

  /** Like {@link #snapshot}, the status alone: for the request path. */
  Status status(Probe probe, ProbeBoard board, Set<String> excluded, long now) {
    return isHeldDown(probe, lifecycle.state()) ? Status.DOWN : board.worst(excluded, now);
  }

  /** The same with nothing excluded, at this moment. */
  Status status(Probe probe, ProbeBoard board) {
    return status(probe, board, Set.of(), ticker.read());
  }

  /** Like {@link #status}, of one check of {@code probe}. */
  Status status(Probe probe, CheckEntry entry) {
    return isHeldDown(probe, lifecycle.state())
        ? Status.DOWN
        : board(probe).believed(entry.snapshot()).status();
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

  private Health started(List<CheckRegistration> checks) {
    lifecycle.onTransition(transition -> {
      if (transition.to() == Lifecycle.State.READY) {
        reachedReady = true;
      }
      watchers.mayHaveChanged();
    });
    section.follow();
    checks.forEach(this::add);
    return this;
  }

  private void settled(
      CheckRunner runner,
      CheckRunner.Outcome outcome,
      Duration took,
      @Nullable HealthChange change) {
    settled(runner, change);
    for (RunListener listener : runListeners) {
      try {
        listener.ran(runner.snapshot(), outcome, took);
      } catch (Throwable t) {
        log.error("the meters of a health check failed", t);
      }
    }
  }

  private void settled(CheckEntry entry, @Nullable HealthChange change) {
    synchronized (publishing) {
      if (closed || !boards.publish(entry)) {
        return; // It was removed while it ran.
      }
      if (change != null) {
        List<Consumer<HealthChange>> now = listeners;
        teller.execute(() -> tell(now, change));
      }
    }
    watchers.mayHaveChanged();
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

  private static IllegalArgumentException taken(Probe probe, String name) {
    return new IllegalArgumentException(
        "health check \"" + name + "\" is already registered for " + probe);
  }

  private static <T> List<T> and(List<T> list, T one) {
    return Stream.concat(list.stream(), Stream.of(one)).toList();
  }

  private static ThreadFactory daemon(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Collects the checks and starts them. */
  public static final class Builder extends CheckRegistry<Builder> {
    private final Lifecycle lifecycle;
    private final List<CheckRegistration> registrations = new ArrayList<>();
    private final Set<String> taken = new HashSet<>();
    private final Map<String, Set<String>> groups = new LinkedHashMap<>();
    private Ticker ticker = Ticker.system();
    private Function<EndpointRequest, Details> details = request -> Details.NAMES;
    private Duration watchTick = Duration.ofSeconds(1);

    private Builder(Lifecycle lifecycle) {
      this.lifecycle = lifecycle;
    }

    /**
     * Names some of the readiness checks, to be asked for by {@code /ready/NAME}: a balancer may
     * stop sending what needs them, and send the rest. A group is ready if the lifecycle is READY
     * and every one of its checks is up, also one that is {@link CheckOptions#optional()} for
     * {@code /ready} itself. One that is {@linkplain Health#remove removed} leaves its groups.
     *
     * @param name as of a check, and no check's
     * @param checks at least one; each registered when it {@linkplain #start() starts}
     */
    public Builder group(String name, String... checks) {
      CheckRegistration.requireName("health group name", name);
      if (checks.length == 0) {
        throw new IllegalArgumentException(
            "health group \"" + name + "\": no checks (expected: at least one)");
      }
      if (groups.putIfAbsent(name, Set.of(checks)) != null) {
        throw new IllegalArgumentException("health group \"" + name + "\" is already defined");
      }
      return this;
    }

    /** How much every endpoint of this health shows; default {@link Details#NAMES}. */
    public Builder details(Details details) {
      requireNonNull(details, "details");
      return details(request -> details);
    }

    /**
     * How much is shown to whom, by the request: by a header that a proxy sets, by the address. It
     * is called on the request's thread and must not block; if it throws, nothing is shown. Not
     * asked for a plain probe, which shows nothing.
     */
    public Builder details(Function<EndpointRequest, Details> rule) {
      details = requireNonNull(rule, "details");
      return this;
    }

    /** Measures ages by {@code ticker}; default is the machine's. Runs are timed by the machine. */
    public Builder ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /** How late those who watch may learn of what time alone has changed; default 1 s. */
    Builder watchTick(Duration tick) {
      watchTick = tick;
      return this;
    }

    /**
     * Starts the schedule: the first run of every check begins at once, all in parallel. Logs for
     * each check how long a failure takes to show.
     */
    public Health start() {
      groups.forEach((group, checks) -> {
        if (taken.contains(key(Probe.READINESS, group))) {
          throw new IllegalArgumentException(
              "health group \"" + group + "\": a readiness check has that name");
        }
        for (String check : checks) {
          if (!taken.contains(key(Probe.READINESS, check))) {
            throw new IllegalArgumentException(
                "health group \""
                    + group
                    + "\": \""
                    + check
                    + "\" (expected: the name of a readiness check)");
          }
        }
      });
      return new Health(this).started(registrations);
    }

    @Override
    Builder add(CheckRegistration check) {
      if (!taken.add(key(check.probe(), check.name()))) {
        throw taken(check.probe(), check.name());
      }
      registrations.add(check);
      return this;
    }

    private static String key(Probe probe, String name) {
      return probe + " " + name;
    }
  }
}
