package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Ticker;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A check that is not run: the application says what is the case, when it knows. What is set is
 * visible to every probe when the method returns, needs no confirmation by a second time, and never
 * grows too old. Before it is first set it is UNKNOWN, and so its probe is not ok (liveness
 * excepted). Any thread may call it; made by {@link Health#signal}.
 *
 * <pre>{@code
 * HealthSignal warm = health.signal("warm");
 * …
 * warm.up();
 * }</pre>
 */
public final class HealthSignal implements CheckEntry {
  /** Publishes what was set. */
  interface Observer {
    void settled(HealthSignal signal, @Nullable HealthChange change);
  }

  private final CheckState state; // guarded by this
  private final Ticker ticker;
  private final Observer observer;
  private final ChangeLog changes;
  private volatile CheckSnapshot snapshot;
  private volatile boolean closed;

  HealthSignal(Probe probe, String name, CheckOptions options, Ticker ticker, Observer observer) {
    // The application's word is not a blip.
    CheckOptions atOnce = options.failuresToDown(1).successesToUp(1);
    this.state = new CheckState(probe, name, atOnce, ticker.read(), Instant.now());
    this.ticker = ticker;
    this.observer = observer;
    this.changes = new ChangeLog(probe.titleOf(name), probe);
    this.snapshot = state.snapshot();
  }

  /** It is usable. */
  public void up() {
    set(HealthResult.up());
  }

  /** It is usable, and worth a look. */
  public void degraded(String reason) {
    set(HealthResult.degraded(reason));
  }

  /** It is not usable. */
  public void down(String reason) {
    set(HealthResult.down(reason));
  }

  /** Any of the three. Has no effect once it was removed, or has been up for the startup probe. */
  public void set(HealthResult result) {
    requireNonNull(result, "result");
    HealthChange change;
    // Held until it is published: of two threads that set it, the later one's word stays.
    synchronized (this) {
      if (closed || state.isLatched()) {
        return;
      }
      change = state.settle(result, Duration.ZERO, ticker.read(), Instant.now());
      snapshot = state.snapshot();
      observer.settled(this, change);
    }
    if (change != null) {
      changes.log(change, null);
    }
  }

  @Override
  public CheckSnapshot snapshot() {
    return snapshot;
  }

  @Override
  public void close() {
    closed = true;
  }
}
