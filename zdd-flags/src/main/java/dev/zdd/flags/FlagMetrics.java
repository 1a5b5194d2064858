package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * The flags' meters.
 *
 * <ul>
 *   <li>{@code zdd.flags.evaluations{flag, outcome}}: calls of {@code isEnabled}; {@code outcome}
 *       is {@code on}, {@code off}, or {@code no_unit} (off because there was no id). Of the flags
 *       that the program has asked for, not of all that are defined.
 *   <li>{@code zdd.flags.age}: {@link FlagSource.Status#age}. The one to alert on.
 *   <li>{@code zdd.flags.failures}: {@link FlagSource.Status#failures}.
 * </ul>
 */
public final class FlagMetrics implements MeterBinder {
  private final Flags flags;

  /** The meters of {@code flags}. */
  public FlagMetrics(Flags flags) {
    this.flags = requireNonNull(flags, "flags");
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    TimeGauge.builder("zdd.flags.age", flags, TimeUnit.NANOSECONDS, f -> f.status().age().toNanos())
        .description("Since the source last made sure that its flags are up to date")
        .register(registry);
    FunctionCounter.builder("zdd.flags.failures", flags, f -> f.status().failures())
        .description("Failed attempts to read the flags")
        .register(registry);
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
