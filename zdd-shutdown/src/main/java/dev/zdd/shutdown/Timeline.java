package dev.zdd.shutdown;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shutdown, from T0 to T3, on the calling thread. Runs once.
 *
 * <pre>
 * T0        the lifecycle goes to DRAINING: readiness says no. Servers announce. All is served.
 * T0 … T1   ANNOUNCE  the balancer has to notice
 * T1        UNBIND    servers empty their accept queues and close their listeners
 * T1 … T2   SETTLE    until nothing is in flight and no connection is open; the gate closes in the
 *                     same step in which it is seen empty
 * T2 … T3   CLOSE     servers, then the steps, last registered first
 * </pre>
 *
 * The order of T2 is what "nothing lost" rests on: the gate ({@link InFlight#tryClose}) closes
 * before anything is closed that a request could need, and it closes only if nothing is inside.
 */
final class Timeline {
  private static final Logger log = LoggerFactory.getLogger(GracefulShutdown.class);

  private static final Duration CALL = Duration.ofSeconds(1);
  private static final Duration PROGRESS = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(20);

  private final Lifecycle lifecycle;
  private final InFlight inFlight;
  private final List<Server> servers;
  private final List<Step> steps;
  private final ShutdownSettings settings;
  private final Ticker ticker;
  private Budget budget;

  private final CountDownLatch hurried = new CountDownLatch(1);
  private final Map<Phase, Duration> phases = new EnumMap<>(Phase.class);
  private final List<String> cut = new ArrayList<>();
  private final List<DrainReport.StepResult> results = new ArrayList<>();
  private int connectionsCut;
  private int idleClosed;

  Timeline(
      Lifecycle lifecycle,
      List<Server> servers,
      List<Step> steps,
      ShutdownSettings settings,
      Ticker ticker) {
    this.lifecycle = lifecycle;
    this.inFlight = lifecycle.inFlight();
    this.servers = servers;
    this.steps = steps;
    this.settings = settings;
    this.ticker = ticker;
    this.budget = new Budget(ticker, settings.deadline());
  }

  /** Ends the announce phase now. From any thread; harmless at any other time. */
  void hurry() {
    hurried.countDown();
  }

  DrainReport run(String reason, Duration announce) {
    budget = new Budget(ticker, settings.deadline()); // T0
    long begunBefore = inFlight.begun();
    long insideBefore = inFlight.count();
    long refusedBefore = inFlight.refused();

    // A listener of the application's may hang. The state changes before the listeners are told, so
    // readiness says no in any case.
    guarded("listeners", () -> lifecycle.drain(reason), CALL);
    phase(Phase.ANNOUNCE, () -> announce(reason, announce));
    phase(Phase.UNBIND, this::unbind);
    phase(Phase.SETTLE, this::settle);
    phase(Phase.CLOSE, this::close);

    long finished = inFlight.begun() - begunBefore + insideBefore - cut.size();
    DrainReport report =
        new DrainReport(
            reason,
            phases,
            Math.max(0, finished),
            inFlight.refused() - refusedBefore,
            cut,
            connectionsCut,
            idleClosed,
            results,
            budget.elapsed());
    guarded("listeners", () -> lifecycle.stop("drained"), CALL);
    return report;
  }

  private void announce(String reason, Duration announce) {
    for (Server server : servers) {
      guarded(server.name(), server.drainable()::announce, CALL);
    }
    Duration wait = servers.isEmpty() ? Duration.ZERO : budget.atMost(announce);
    say(
        "{}: draining. Readiness says no; everything is still served (in flight: {}). Announcing for"
            + " up to {}; deadline {}",
        reason,
        inFlight.count(),
        Seconds.of(wait),
        Seconds.of(settings.deadline()));
    Duration end = budget.elapsed().plus(wait);
    long begun = inFlight.begun();
    for (Duration left = wait; !left.isNegative() && !left.isZero(); left = untilElapsed(end)) {
      if (pause(Budget.min(left, PROGRESS))) {
        say("told again to stop: not waiting for the balancer any longer");
        return;
      }
      say(
          "announcing; begun since the signal: {}, in flight: {}, open connections: {}",
          inFlight.begun() - begun,
          inFlight.count(),
          open());
    }
  }

  private void unbind() {
    for (Server server : servers) {
      guarded(server.name(), server.drainable()::unbind, budget.atMost(settings.unbind()));
    }
    if (!servers.isEmpty()) {
      say("listener closed; in flight: {}, open connections: {}", inFlight.count(), open());
    }
  }

  private void settle() {
    Duration bound = Budget.min(settings.settle(), budget.left().minus(settings.closeReserve()));
    Duration end = budget.elapsed().plus(bound);
    Duration nextWord = budget.elapsed().plus(PROGRESS);
    while (!settled()) {
      if (untilElapsed(end).isNegative()) {
        cut();
        return;
      }
      if (budget.elapsed().compareTo(nextWord) >= 0) {
        nextWord = budget.elapsed().plus(PROGRESS);
        sayWhatIsLeft();
      }
      closeIdle();
    }
    say("nothing in flight, no connection open");
  }

  /**
   * Whether it is over. Connections first, then the gate: a request can only come in through an
   * open connection (or from within the process), so with no connection left and the gate closed at
   * empty, nothing can be inside and nothing can come.
   */
  private boolean settled() {
    if (!awaitEmpty(POLL)) {
      return false;
    }
    if (open() > 0) {
      LockSupport.parkNanos(POLL.toNanos());
      return false;
    }
    return inFlight.tryClose();
  }

  private boolean awaitEmpty(Duration timeout) {
    try {
      return inFlight.awaitEmpty(timeout);
    } catch (InterruptedException e) {
      return false; // an interrupt does not end a drain
    }
  }

  private void cut() {
    // First the gate: what comes now is refused with an answer instead of being begun and cut.
    inFlight.close();
    List<InFlight.Work> stuck = inFlight.work();
    for (InFlight.Work work : stuck) {
      cut.add(InFlightLines.describe(work));
      log.warn(
          "shutdown +{}: out of time, cutting {}",
          Seconds.of(budget.elapsed()),
          InFlightLines.withStack(work));
    }
    connectionsCut = open();
    if (connectionsCut > 0) {
      say("out of time, cutting open connections: {}", connectionsCut);
    }
  }

  private void close() {
    int left = servers.size() + steps.size();
    for (Server server : servers) {
      step(server.name(), server.drainable()::close, left--);
    }
    for (int i = steps.size() - 1; i >= 0; i--) {
      Step step = steps.get(i);
      step(step.name(), step.action(), left--);
    }
  }

  private void step(String name, AutoCloseable action, int stepsLeft) {
    // At most half of what is left unless it is the last: one that hangs leaves time for the rest.
    Duration share = stepsLeft > 1 ? budget.left().dividedBy(2) : budget.left();
    Duration bound = Budget.min(settings.step(), share);
    Duration before = budget.elapsed();
    String error = guarded(name, action, bound);
    Duration took = budget.elapsed().minus(before);
    results.add(new DrainReport.StepResult(name, took, error));
    if (error == null) {
      say("closed {} in {}", name, Seconds.of(took));
    }
  }

  /** Runs somebody else's code within a bound; what goes wrong is logged and returned in words. */
  private @Nullable String guarded(String name, AutoCloseable action, Duration bound) {
    Bounded.Outcome outcome = Bounded.run(name, action, bound);
    if (outcome instanceof Bounded.Outcome.Failed failed) {
      log.error(
          "shutdown +{}: {} failed; going on", Seconds.of(budget.elapsed()), name, failed.cause());
      return failed.cause().toString();
    }
    if (outcome instanceof Bounded.Outcome.Hung hung) {
      log.error(
          "shutdown +{}: {} has not returned within {}; going on without it. It stands at{}",
          Seconds.of(budget.elapsed()),
          name,
          Seconds.of(hung.bound()),
          hung.stack());
      return "has not returned within " + Seconds.of(hung.bound());
    }
    return null;
  }

  private void closeIdle() {
    for (Server server : servers) {
      idleClosed += server.closeIdle(settings.idle());
    }
  }

  private int open() {
    return servers.stream().mapToInt(Server::open).sum();
  }

  private void phase(Phase phase, Runnable body) {
    Duration before = budget.elapsed();
    try {
      body.run();
    } catch (RuntimeException | Error e) {
      // Whatever it is, the phases after it still have connections and pools to close.
      log.error("shutdown +{}: {} failed; going on", Seconds.of(budget.elapsed()), phase, e);
      results.add(new DrainReport.StepResult(phase.name(), Duration.ZERO, e.toString()));
    } finally {
      phases.put(phase, budget.elapsed().minus(before));
    }
  }

  private void sayWhatIsLeft() {
    String oldest = InFlightLines.oldest(inFlight.work());
    say(
        "waiting; in flight: {}{}, open connections: {}",
        inFlight.count(),
        oldest == null ? "" : " (the oldest " + oldest + ")",
        open());
  }

  private void say(String format, Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = Seconds.of(budget.elapsed());
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    log.info("shutdown +{}: " + format, all);
  }

  private Duration untilElapsed(Duration end) {
    return end.minus(budget.elapsed());
  }

  /** Waits, and tells whether the wait was cut short by {@link #hurry}. */
  private boolean pause(Duration time) {
    try {
      return hurried.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return true; // as good as being told to hurry
    }
  }
}
