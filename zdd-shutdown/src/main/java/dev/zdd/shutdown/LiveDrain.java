package dev.zdd.shutdown;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.Ticker;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What a shutdown has found and done so far. Written by the thread of the timeline, read by any:
 * the log, the meters, the endpoint and the report say the same because they read the same.
 */
final class LiveDrain {
  /** What stood at T0. */
  private record Start(String reason, Budget budget, long begun, long inside, long refused) {}

  private final Lifecycle lifecycle;
  private final Ticker ticker;
  private final Duration deadline;
  private final Map<Phase, Duration> phases =
      Collections.synchronizedMap(new EnumMap<>(Phase.class));
  private final List<String> cut = new CopyOnWriteArrayList<>();
  private volatile @Nullable Start start;
  private volatile @Nullable Phase phase;
  private volatile Duration phaseBegan = Duration.ZERO;
  private volatile @Nullable Duration duration;
  private volatile String announcedUntil = "";
  private volatile String waitingFor = "";
  private volatile int open;
  private volatile int workCut;
  private volatile int connectionsCut;
  private volatile int idleClosed;

  LiveDrain(Lifecycle lifecycle, Ticker ticker, Duration deadline) {
    this.lifecycle = lifecycle;
    this.ticker = ticker;
    this.deadline = deadline;
  }

  Lifecycle lifecycle() {
    return lifecycle;
  }

  /** T0. */
  Budget start(String reason) {
    InFlight inFlight = lifecycle.inFlight();
    Budget budget = new Budget(ticker, deadline);
    start = new Start(reason, budget, inFlight.begun(), inFlight.count(), inFlight.refused());
    return budget;
  }

  void enter(Phase entered) {
    phaseBegan = elapsed();
    phase = entered;
    waitingFor = "";
  }

  void leave(Phase left) {
    phases.put(left, elapsed().minus(phaseBegan));
    waitingFor = "";
  }

  void waitingFor(String what) {
    waitingFor = what;
  }

  void announcedUntil(String why) {
    announcedUntil = why;
  }

  void open(int connections) {
    open = connections;
  }

  // One writer: the thread of the timeline.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  void idleClosed(int connections) {
    idleClosed += connections;
  }

  void cut(String work) {
    cut.add(work);
  }

  void workCut(int count) {
    workCut = count;
  }

  void connectionsCut(int count) {
    connectionsCut = count;
  }

  /** T3. */
  DrainReport report(List<DrainReport.StepResult> steps) {
    Duration took = elapsed();
    Start began = start;
    DrainReport report =
        new DrainReport(
            began == null ? "" : began.reason(),
            announcedUntil,
            phases,
            served(workCut),
            refused(),
            cut,
            connectionsCut,
            idleClosed,
            steps,
            took);
    duration = took;
    phase = null;
    return report;
  }

  DrainProgress progress() {
    Start began = start;
    List<InFlight.Work> work = lifecycle.inFlight().work();
    return new DrainProgress(
        lifecycle.state(),
        phase,
        began == null ? null : began.reason(),
        elapsed(),
        began == null ? deadline : began.budget().left(),
        phases(),
        waitingFor,
        lifecycle.inFlight().count(),
        work.isEmpty() ? null : work.get(0),
        open,
        served(),
        refused(),
        cutInAll(),
        idleClosed);
  }

  /** Since T0, until T3; zero before. */
  Duration elapsed() {
    Duration ended = duration;
    Start began = start;
    return ended != null ? ended : began == null ? Duration.ZERO : began.budget().elapsed();
  }

  /** How long each phase has taken so far. */
  Map<Phase, Duration> phases() {
    Map<Phase, Duration> sofar = new EnumMap<>(Phase.class);
    // The running phase first: once it has ended, what it took in the end replaces it.
    Phase running = phase;
    if (running != null) {
      sofar.put(running, elapsed().minus(phaseBegan));
    }
    synchronized (phases) {
      sofar.putAll(phases);
    }
    return sofar;
  }

  long served() {
    return served(duration == null ? lifecycle.inFlight().count() : workCut);
  }

  long refused() {
    Start began = start;
    return began == null ? 0 : lifecycle.inFlight().refused() - began.refused();
  }

  int cutInAll() {
    return cut.size() + connectionsCut;
  }

  int idleClosed() {
    return idleClosed;
  }

  private long served(long unfinished) {
    Start began = start;
    return began == null
        ? 0
        : Math.max(0, lifecycle.inFlight().begun() - began.begun() + began.inside() - unfinished);
  }
}
