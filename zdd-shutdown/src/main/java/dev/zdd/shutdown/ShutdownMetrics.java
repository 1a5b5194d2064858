package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;

/**
 * What a drain looks like from outside: {@code zdd.inflight} (gauge), {@code zdd.inflight.begun}
 * and {@code zdd.inflight.refused} (counters), {@code zdd.lifecycle.state} (gauge: 0 starting, 1
 * ready, 2 draining, 3 stopped). Each is read when it is scraped.
 */
public final class ShutdownMetrics implements MeterBinder {
  private final Lifecycle lifecycle;

  /** Meters for the process whose lifecycle this is. */
  public ShutdownMetrics(Lifecycle lifecycle) {
    this.lifecycle = requireNonNull(lifecycle, "lifecycle");
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    InFlight inFlight = lifecycle.inFlight();
    Gauge.builder("zdd.inflight", inFlight, InFlight::count)
        .description("requests and other work in flight")
        .register(registry);
    FunctionCounter.builder("zdd.inflight.begun", inFlight, InFlight::begun)
        .description("work let in since the start")
        .register(registry);
    FunctionCounter.builder("zdd.inflight.refused", inFlight, InFlight::refused)
        .description("work refused because the process is closing")
        .register(registry);
    for (Lifecycle.State state : Lifecycle.State.values()) {
      Gauge.builder("zdd.lifecycle.state", lifecycle, l -> l.state() == state ? 1 : 0)
          .tag("state", state.name().toLowerCase(Locale.ROOT))
          .description("1 for the state that the process is in")
          .register(registry);
    }
  }
}
