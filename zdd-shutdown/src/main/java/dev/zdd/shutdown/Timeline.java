package dev.zdd.shutdown;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.Probers;
import dev.zdd.core.Ticker;
import dev.zdd.shutdown.Announcement.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One shutdown, from T0 to T3, on the calling thread. Runs once.
 *
 * <pre>
 * T0        the lifecycle goes to DRAINING: readiness says no. Servers announce. All is served.
 * T0 … T1   ANNOUNCE  until the {@link Announcement evidence} says that the balancer has noticed
 * T1        UNBIND    servers empty their accept queues and close their listeners
 * T1 … T2   SETTLE    {@link Goodbyes} are said; until nothing is in flight and no connection is
 *                     open; the gate closes in the same step in which it is seen empty
 * T2 … T3   CLOSE     servers, then the steps in their {@link ClosingOrder order}
 * </pre>
 *
 * The order of T2 is what "nothing lost" rests on: the gate ({@link InFlight#tryClose}) closes
 * before anything is closed that a request could need, and it closes only if nothing is inside.
 */
final class Timeline {
  private static final Duration CALL = Duration.ofSeconds(1);
  private static final Duration PROGRESS = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(20);

  private final Lifecycle lifecycle;
  private final InFlight inFlight;
  private final List<Server> servers;
  private final ClosingOrder order;
  private final ShutdownSettings settings;
  private final Ticker ticker;
  private final LiveDrain live;
  private Budget budget;
  private DrainLog log;

  private final CountDownLatch hurried = new CountDownLatch(1);
  private final List<DrainReport.StepResult> results = new ArrayList<>();

  Timeline(
      LiveDrain live,
      List<Server> servers,
      ClosingOrder order,
      ShutdownSettings settings,
      Ticker ticker) {
    this.lifecycle = live.lifecycle();
    this.inFlight = lifecycle.inFlight();
    this.servers = servers;
    this.order = order;
    this.settings = settings;
    this.ticker = ticker;
    this.live = live;
    this.budget = new Budget(ticker, settings.deadline());
    this.log = new DrainLog(budget);
  }

  /** Ends the announce phase now. From any thread; harmless at any other time. */
  void hurry() {
    hurried.countDown();
  }

  /**
   * Runs it.
   *
   * @param atTerminal whether a person asked for it and waits
   */
  DrainReport run(String reason, boolean atTerminal) {
    Announcement announcement = begin(reason);
    phase(Phase.ANNOUNCE, () -> announce(reason, atTerminal, announcement));
    phase(Phase.UNBIND, this::unbind);
    phase(Phase.SETTLE, this::settle);
    phase(Phase.CLOSE, this::close);

    DrainReport report = live.report(results);
    log.guarded("listeners", () -> lifecycle.stop("drained"), CALL);
    return report;
  }

  /**
   * Goes through T0 without a server, a listener or a word, on a lifecycle of its own. What is done
   * for the first time in a JVM takes ten milliseconds, for which the balancer need not wait.
   */
  static void rehearse(ShutdownSettings settings, Ticker ticker) {
    LiveDrain live = new LiveDrain(new Lifecycle(), ticker, settings.deadline());
    ClosingOrder nothing = ClosingOrder.of(List.of(), List.of(), settings);
    new Timeline(live, List.of(), nothing, settings, ticker).begin("rehearsal");
  }

  /** T0. */
  private Announcement begin(String reason) {
    // Who asks is read before readiness says no: whoever comes later does not prolong anything.
    List<Probers.Prober> probers = lifecycle.probers().seen();
    long begun = inFlight.begun();
    budget = live.start(reason); // T0
    log = new DrainLog(budget);

    // Before anything else, so that readiness says no at once. A listener of the application's may
    // hang; the state changes before the listeners are told.
    log.guarded("listeners", () -> lifecycle.drain(reason), CALL);
    lifecycle.drain(reason); // does nothing, unless no thread could be had for it a moment ago
    return new Announcement(settings.announce(), ticker, probers, begun);
  }

  private void announce(String reason, boolean atTerminal, Announcement announcement) {
    for (Server server : servers) {
      log.guarded(server.name(), server.drainable()::announce, CALL);
    }
    log.say(
        "{}: draining. Readiness says no; everything is still served (in flight: {}); deadline {}",
        reason,
        inFlight.count(),
        Seconds.of(settings.deadline()));
    String until =
        servers.isEmpty()
            ? "no server to announce for"
            : atTerminal ? "at a terminal nobody is waited for" : await(announcement);
    live.announcedUntil(until);
    log.say("announced: {}", until);
  }

  private String await(Announcement announcement) {
    Duration nextWord = budget.elapsed();
    while (budget.left().compareTo(settings.closeReserve()) > 0) {
      Verdict verdict = announcement.look(lifecycle.probers().seen(), inFlight.begun());
      if (verdict instanceof Verdict.Over over) {
        return over.why();
      }
      if (verdict instanceof Verdict.Waiting waiting) {
        live.waitingFor(waiting.what());
        if (budget.elapsed().compareTo(nextWord) >= 0) {
          nextWord = nextWord.plus(PROGRESS);
          log.say(
              "announcing; waiting for: {}; served since the signal: {}, in flight: {}{}, open"
                  + " connections: {}",
              waiting.what(),
              live.served(),
              inFlight.count(),
              oldest(),
              open());
        }
      }
      if (pause(POLL)) {
        return "told again to stop";
      }
    }
    return "the deadline is near";
  }

  private void unbind() {
    for (Server server : servers) {
      live.waitingFor("the listener of " + server.name());
      log.guarded(server.name(), server.drainable()::unbind, budget.atMost(settings.unbind()));
    }
    if (settings.refuseAfterUnbind()) {
      inFlight.close();
    }
    if (!servers.isEmpty()) {
      log.say(
          "listener closed{}; in flight: {}, open connections: {}",
          settings.refuseAfterUnbind() ? ", new requests are refused" : "",
          inFlight.count(),
          open());
    }
  }

  private void settle() {
    Duration bound =
        Budget.max(
            Duration.ZERO,
            Budget.min(settings.settle(), budget.left().minus(settings.closeReserve())));
    Duration end = budget.elapsed().plus(bound);
    Duration nextWord = budget.elapsed().plus(PROGRESS);
    Goodbyes goodbyes =
        Goodbyes.say(lifecycle.longLived().leave(), Budget.min(settings.goodbyes(), bound));
    live.waitingFor("what is in flight, and open connections");
    while (!settled(goodbyes)) {
      if (budget.elapsed().compareTo(end) > 0) {
        cut(goodbyes);
        return;
      }
      if (budget.elapsed().compareTo(nextWord) >= 0) {
        nextWord = nextWord.plus(PROGRESS);
        sayWhatIsLeft(goodbyes);
      }
      closeIdle();
    }
    log.say("nothing in flight, no connection open");
  }

  /**
   * Whether it is over. Connections first, then the gate: a request can only come in through an
   * open connection (or from within the process), so with no connection left and the gate closed at
   * empty, nothing can be inside and nothing can come.
   */
  private boolean settled(Goodbyes goodbyes) {
    if (!awaitEmpty(POLL)) {
      return false;
    }
    if (goodbyes.left() > 0 || open() > 0) {
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

  private void cut(Goodbyes goodbyes) {
    // First the gate: what comes now is refused with an answer instead of being begun and cut.
    inFlight.close();
    List<InFlight.Work> stuck = inFlight.work();
    for (InFlight.Work work : stuck) {
      live.cut(InFlightLines.describe(work));
      log.warn("out of time, cutting {}", InFlightLines.withStack(work));
    }
    live.workCut(stuck.size());
    if (goodbyes.left() > 0) {
      live.cut("goodbyes not said to the end: " + goodbyes.left());
      goodbyes.abandon();
    }
    int connections = open();
    live.connectionsCut(connections);
    if (connections > 0) {
      log.say("out of time, cutting open connections: {}", connections);
    }
  }

  private void close() {
    Closing closing =
        new Closing(budget, log, names -> live.waitingFor("closing " + String.join(", ", names)));
    results.addAll(closing.run(order));
  }

  private void closeIdle() {
    for (Server server : servers) {
      live.idleClosed(server.closeIdle(settings.idle()));
    }
  }

  private int open() {
    int open = servers.stream().mapToInt(Server::open).sum();
    live.open(open);
    return open;
  }

  private void phase(Phase phase, Runnable body) {
    live.enter(phase);
    try {
      body.run();
    } catch (RuntimeException | Error e) {
      // Whatever it is, the phases after it still have connections and pools to close.
      log.error("{} failed; going on", phase, e);
      results.add(new DrainReport.StepResult(phase.name(), Duration.ZERO, e.toString()));
    } finally {
      live.leave(phase);
    }
  }

  private void sayWhatIsLeft(Goodbyes goodbyes) {
    int unsaid = goodbyes.left();
    String left =
        "in flight: "
            + inFlight.count()
            + oldest()
            + ", open connections: "
            + open()
            + (unsaid == 0 ? "" : ", goodbyes: " + unsaid);
    live.waitingFor(left);
    log.say("settling; waiting for what is {}", left);
  }

  private String oldest() {
    @Nullable String oldest = InFlightLines.oldest(inFlight.work());
    return oldest == null ? "" : " (the oldest " + oldest + ")";
  }

  /** Waits, and tells whether the wait was cut short by {@link #hurry}. */
  private boolean pause(Duration time) {
    try {
      return hurried.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return false; // an interrupt does not end a drain
    }
  }
}
