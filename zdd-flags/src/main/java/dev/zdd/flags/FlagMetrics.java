package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The flags' meters.
 *
 * <ul>
 *   <li>{@code zdd.flags.evaluations{flag, outcome}}: calls of {@code isEnabled}; {@code outcome}
 *       is {@code on}, {@code off}, or {@code no_unit} (off because there was no id). Of the flags
 *       that the program has asked for, not of all that are defined.
 *   <li>{@code zdd.flags.age}: {@link FlagSource.Status#age}. The one to alert on.
 *   <li>{@code zdd.flags.failures}: {@link FlagSource.Status#failures}.
 *   <li>{@code zdd.flags.stale{finding}}, with a {@link StaleFlags} only: how many flags have that
 *       finding, {@link StaleKind#text()}. From a report that is at most a minute old, and that the
 *       thread makes which reads the meters; NaN while none can be made.
 * </ul>
 */
public final class FlagMetrics implements MeterBinder {
  private final Flags flags;
  private final @Nullable StaleFlags stale;

  /** The meters of {@code flags}. */
  public FlagMetrics(Flags flags) {
    this.flags = requireNonNull(flags, "flags");
    this.stale = null;
  }

  /** The meters of {@code flags}, and of what {@code stale} finds. */
  public FlagMetrics(Flags flags, StaleFlags stale) {
    this.flags = requireNonNull(flags, "flags");
    this.stale = requireNonNull(stale, "stale");
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    TimeGauge.builder("zdd.flags.age", flags, TimeUnit.NANOSECONDS, f -> f.status().age().toNanos())
        .description("Since the source last made sure that its flags are up to date")
        .register(registry);
    FunctionCounter.builder("zdd.flags.failures", flags, f -> f.status().failures())
        .description("Failed attempts to read the flags")
        .register(registry);
    if (stale != null) {
      for (StaleKind kind : StaleKind.values()) {
        Gauge.builder("zdd.flags.stale", stale, s -> s.recent().count(kind))
            .description("Flags that should be gone, or that code and source disagree about")
            .tag("finding", kind.text())
            .register(registry);
      }
    }
    // A meter that is registered twice is the same meter.
    flags.watch(flag -> {
      evaluations(registry, flag, "on", Flag::on);
      evaluations(registry, flag, "off", Flag::off);
      evaluations(registry, flag, "no_unit", Flag::noUnit);
    });
  }

  private static void evaluations(
      MeterRegistry registry, Flag flag, String outcome, ToDoubleFunction<Flag> count) {
    FunctionCounter.builder("zdd.flags.evaluations", flag, count)
        .description("Evaluations of a flag")
        .tags("flag", flag.key(), "outcome", outcome)
        .register(registry);
  }
}
