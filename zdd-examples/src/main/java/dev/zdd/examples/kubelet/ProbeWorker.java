package dev.zdd.examples.kubelet;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Asks one probe of one container in its period and counts the answers, as the kubelet's worker
 * does (pkg/kubelet/prober/worker.go). Everything but {@link #trigger} happens on its own thread.
 */
final class ProbeWorker implements Runnable {
  /** What the workers of a container share. */
  interface Container {
    boolean isStarted();

    boolean isTerminating();

    /** How long it has been running. */
    long ageNanos();

    ProbeResult ask(HttpProbe probe);

    /** The threshold has been reached, not necessarily for the first time. */
    void decided(ProbeType type, boolean success);
  }

  private final ProbeType type;
  private final HttpProbe probe;
  private final Container container;

  // Room for one: who is triggered twice looks once.
  private final BlockingQueue<ProbeType> triggers = new ArrayBlockingQueue<>(1);

  private ProbeResult last = ProbeResult.DISCARDED;
  private int inARow;
  private boolean onHold;

  ProbeWorker(ProbeType type, HttpProbe probe, Container container) {
    this.type = type;
    this.probe = probe;
    this.container = container;
  }

  /** Asks at once, besides the period. From any thread. */
  void trigger() {
    var unused = triggers.offer(type);
  }

  /** Returns when it is interrupted, or when there is nothing more to ask. */
  @Override
  public void run() {
    long period = probe.period().toNanos();
    long tick = System.nanoTime();
    try {
      while (!Thread.currentThread().isInterrupted() && look()) {
        tick += period;
        var unused = triggers.poll(tick - System.nanoTime(), TimeUnit.NANOSECONDS);
        // As Go's ticker: the ticks that a slow probe has missed are one tick, at once, and the
        // next comes when it was due anyway. After a trigger the tick is still to come.
        long behind = System.nanoTime() - tick;
        tick += behind < 0 ? -period : behind / period * period;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether there is something to ask another time. */
  private boolean look() {
    if (container.isTerminating() && type != ProbeType.READINESS) {
      return false; // A container that ends is not restarted.
    }
    boolean mine = container.isStarted() != (type == ProbeType.STARTUP);
    if (onHold || !mine || container.ageNanos() < probe.initialDelay().toNanos()) {
      return true;
    }
    ProbeResult result = container.ask(probe);
    if (result != ProbeResult.DISCARDED) {
      count(result);
    }
    return true;
  }

  private void count(ProbeResult result) {
    inARow = result == last ? inARow + 1 : 1;
    last = result;
    boolean success = result == ProbeResult.SUCCESS;
    if (inARow < (success ? probe.successThreshold() : probe.failureThreshold())) {
      return;
    }
    if (!success && type != ProbeType.READINESS) {
      onHold = true; // until there is a new container
      inARow = 0;
    }
    container.decided(type, success);
  }
}
