package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a drain looks like from outside: {@code zdd.inflight} (gauge), {@code zdd.inflight.begun}
 * and {@code zdd.inflight.refused} (counters), {@code zdd.lifecycle.state} (gauge by {@code state}:
 * 1 for the one that the process is in).
 *
 * <p>With a shutdown also, as gauges that stand at 0 until it begins and keep their last value:
 * {@code zdd.drain.phase} (time by {@code phase}), {@code zdd.drain.duration} (time), {@code
 * zdd.drain.served}, {@code zdd.drain.refused}, {@code zdd.drain.cut}, {@code
 * zdd.drain.idle.closed}.
 *
 * <p>Each is read when it is scraped. A registry that pushes is closed in {@link ClosePhase#FLUSH},
 * so that what it sends last tells of the drain.
 */
public final class ShutdownMetrics implements MeterBinder {
  private final Lifecycle lifecycle;
  private final @Nullable LiveDrain live;

  /** Meters for the process whose lifecycle this is. */
  public ShutdownMetrics(Lifecycle lifecycle) {
    this.lifecycle = requireNonNull(lifecycle, "lifecycle");
    this.live = null;
  }

  /** Meters for this shutdown and the process that it ends. */
  public ShutdownMetrics(GracefulShutdown shutdown) {
    this.live = requireNonNull(shutdown, "shutdown").live();
    this.lifecycle = live.lifecycle();
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
    if (live != null) {
      bind(live, registry);
    }
  }

  private static void bind(LiveDrain live, MeterRegistry registry) {
    for (Phase phase : Phase.values()) {
      TimeGauge.builder(
              "zdd.drain.phase",
              live,
              TimeUnit.NANOSECONDS,
              l -> l.phases().getOrDefault(phase, Duration.ZERO).toNanos())
          .tag("phase", phase.name().toLowerCase(Locale.ROOT))
          .description("how long a phase of the shutdown has taken")
          .register(registry);
    }
    TimeGauge.builder("zdd.drain.duration", live, TimeUnit.NANOSECONDS, l -> l.elapsed().toNanos())
        .description("since the signal, until the end of the last step")
        .register(registry);
    gauge(registry, live, "served", "work finished since the signal", LiveDrain::served);
    gauge(registry, live, "refused", "work refused since the signal", LiveDrain::refused);
    gauge(registry, live, "cut", "work and connections cut", LiveDrain::cutInAll);
    gauge(
        registry,
        live,
        "idle.closed",
        "idle connections that the server closed of its own accord",
        LiveDrain::idleClosed);
  }

  private static void gauge(
      MeterRegistry registry,
      LiveDrain live,
      String name,
      String description,
      ToDoubleFunction<LiveDrain> value) {
    Gauge.builder("zdd.drain." + name, live, value).description(description).register(registry);
  }
}
