package dev.zdd.core;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where this process is between its start and its end: STARTING → READY → DRAINING → STOPPED, one
 * way. Nothing leads back: a process that has told its balancer that it goes must go.
 *
 * <p>All methods may be called from any thread. {@link #state()} is one volatile read, for the
 * request path. It also carries what the parts of zdd must know of each other: how much is
 * {@linkplain #inFlight() in flight}, what is {@linkplain #longLived() long-lived}, and {@linkplain
 * #probers() who asks} for readiness.
 *
 * <p>A {@linkplain Listener listener} is told of every transition exactly once and in order, never
 * while a lock is held, and no two listeners at a time. One that is registered late is first told
 * of the transitions that it missed: there is no moment at which a transition can slip by between
 * looking at the state and registering.
 */
public final class Lifecycle {
  private static final Logger log = LoggerFactory.getLogger(Lifecycle.class);

  /** A place in the life of the process. The order of the constants is the order of life. */
  public enum State {
    /** Not ready yet: readiness says no, and requests that come are served all the same. */
    STARTING,
    /** In service. */
    READY,
    /** Leaving: readiness says no, everything that comes is served until the listener closes. */
    DRAINING,
    /** Everything has been closed. */
    STOPPED
  }

  /**
   * One step of the lifecycle.
   *
   * @param from the state left
   * @param to the state reached, always later than {@code from}
   * @param reason why, in words for a log line ("SIGTERM")
   */
  public record Transition(State from, State to, String reason) {}

  /**
   * Is told of transitions. Called on a thread that caused a transition or registered a listener,
   * and must not block: the others, and in a shutdown the drain itself, wait for it. What it throws
   * is logged, and the next listener is told all the same.
   */
  @FunctionalInterface
  public interface Listener {
    /** Called once for each transition, in order. */
    void on(Transition transition);
  }

  private final InFlight inFlight;
  private final LongLived longLived = new LongLived();
  private final Probers probers;

  // Guards state's writes, history and listeners, so that a registration falls between two
  // transitions and never into one. Never held while a listener runs.
  private final Object lock = new Object();
  private final List<Transition> history = new ArrayList<>(3);
  private final List<Listener> listeners = new ArrayList<>();
  private volatile State state = State.STARTING;

  // What is still to be told. Filled under the lock, so its order is the order of transitions;
  // emptied by one thread at a time. A listener that itself causes a transition only adds to the
  // queue: no recursion, and the order holds.
  private final Queue<Runnable> untold = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean telling = new AtomicBoolean();

  /** A lifecycle in the state STARTING, timed by the machine's clock to within 20 ms or so. */
  public Lifecycle() {
    this(Ticker.coarse());
  }

  /** A lifecycle in the state STARTING whose ages and intervals are read from {@code ticker}. */
  public Lifecycle(Ticker ticker) {
    this.inFlight = new InFlight(ticker);
    this.probers = new Probers(ticker);
  }

  /** The present state. */
  public State state() {
    return state;
  }

  /** Whether the process is on its way out: DRAINING or STOPPED. */
  public boolean isLeaving() {
    return state.compareTo(State.DRAINING) >= 0;
  }

  /** What is in flight in this process. */
  public InFlight inFlight() {
    return inFlight;
  }

  /** What has to be told to end, because it does not end by itself. */
  public LongLived longLived() {
    return longLived;
  }

  /** Who asks whether this process is ready. */
  public Probers probers() {
    return probers;
  }

  /**
   * STARTING → READY.
   *
   * @return whether this call did it; false if the process is ready already, or was told to stop
   *     while it started
   */
  public boolean ready() {
    return advance(State.STARTING, State.READY, "application is ready");
  }

  /**
   * STARTING or READY → DRAINING. A process that is told to stop while it still starts drains like
   * any other.
   *
   * @return whether this call did it; false if it was draining already
   */
  public boolean drain(String reason) {
    return advance(State.READY, State.DRAINING, reason);
  }

  /**
   * Any state → STOPPED; listeners are told of it as one transition.
   *
   * @return whether this call did it
   */
  public boolean stop(String reason) {
    return advance(State.DRAINING, State.STOPPED, reason);
  }

  /**
   * Registers a listener. It is told of the transitions that have already happened, then of each
   * later one.
   */
  public void onTransition(Listener listener) {
    requireNonNull(listener, "listener");
    synchronized (lock) {
      listeners.add(listener);
      for (Transition past : history) {
        enqueue(listener, past);
      }
    }
    tell();
  }

  private boolean advance(State latestFrom, State to, String reason) {
    requireNonNull(reason, "reason");
    synchronized (lock) {
      if (state.compareTo(latestFrom) > 0) {
        return false;
      }
      Transition transition = new Transition(state, to, reason);
      state = to;
      history.add(transition);
      for (Listener listener : listeners) {
        enqueue(listener, transition);
      }
    }
    tell();
    return true;
  }

  private void enqueue(Listener listener, Transition transition) {
    untold.add(() -> listener.on(transition));
  }

  // Who opens the gate tells everything; who finds it shut leaves its entries to the one inside.
  // That one looks once more after it has let go: an entry may have come between its last poll and
  // the moment the gate opened again, from a thread that still saw it shut.
  private void tell() {
    while (!untold.isEmpty() && telling.compareAndSet(false, true)) {
      try {
        for (Runnable next = untold.poll(); next != null; next = untold.poll()) {
          tellOne(next);
        }
      } finally {
        telling.set(false);
      }
    }
  }

  private static void tellOne(Runnable telling) {
    try {
      telling.run();
    } catch (Throwable t) {
      // An Error too: a listener whose class fails to load must not keep the others from the news.
      logFailure(t);
    }
  }

  private static void logFailure(Throwable failure) {
    try {
      log.error("a lifecycle listener failed; the others are told all the same", failure);
    } catch (RuntimeException | Error unloggable) {
      // Loggers call getMessage(), which is the failing listener's code too.
      log.error(
          "a lifecycle listener failed with {}, whose message failed with {}; the others are told"
              + " all the same",
          failure.getClass().getName(),
          unloggable.getClass().getName());
    }
  }
}
