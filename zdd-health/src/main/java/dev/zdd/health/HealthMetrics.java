package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Locale;

/**
 * Meters of a {@link Health}. The gauges read what the schedule last found: a scrape never runs a
 * check. Needs {@code micrometer-core}; no other class of zdd-health does.
 *
 * <ul>
 *   <li>{@code zdd.health.status{check, probe}}: 1 up, 0.5 degraded, 0 down or unknown
 *   <li>{@code zdd.health.age{check, probe}}: seconds since the last result
 *   <li>{@code zdd.health.check{check, outcome}}: a timer of the runs; outcome is success, failure
 *       or timeout
 *   <li>{@code zdd.health.transitions{check, probe, to}}: how often a check took on a status
 * </ul>
 *
 * <p>The timer and the counter begin at the moment of {@link #bindTo}.
 */
public final class HealthMetrics implements MeterBinder {
  private static final String STATUS = "zdd.health.status";
  private static final String AGE = "zdd.health.age";

  private final Health health;

  /** The meters of {@code health}, of no use until bound to a registry. */
  public HealthMetrics(Health health) {
    this.health = requireNonNull(health, "health");
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    health.onCheck(
        new Health.CheckListener() {
          @Override
          public void added(Probe probe, String check) {
            gauges(registry, probe, check);
          }

          @Override
          public void removed(Probe probe, String check) {
            Tags tags = Tags.of("check", check, "probe", probe.label());
            for (String meter : new String[] {STATUS, AGE}) {
              registry.find(meter).tags(tags).gauges().forEach(registry::remove);
            }
          }
        });
    health.onRun((check, outcome, took) -> time(registry, check.name(), outcome, took));
    health.onChange(change -> count(registry, change));
  }

  private void gauges(MeterRegistry registry, Probe probe, String name) {
    ProbeBoard board = health.board(probe);
    Gauge.builder(STATUS, () -> value(board, name))
        .description("1 up, 0.5 degraded, 0 down or unknown")
        .tags("check", name, "probe", probe.label())
        .register(registry);
    Gauge.builder(AGE, () -> age(board, name))
        .description("time since the last result of the check")
        .baseUnit("seconds")
        .tags("check", name, "probe", probe.label())
        .register(registry);
  }

  private static double value(ProbeBoard board, String name) {
    CheckEntry entry = board.find(name);
    if (entry == null) {
      return Double.NaN;
    }
    return switch (board.believed(entry.snapshot()).status()) {
      case UP -> 1;
      case DEGRADED -> 0.5;
      case UNKNOWN, DOWN -> 0;
    };
  }

  private double age(ProbeBoard board, String name) {
    CheckEntry entry = board.find(name);
    return entry == null
        ? Double.NaN
        : (health.ticker().read() - entry.snapshot().resultAt()) / 1e9;
  }

  private static void time(
      MeterRegistry registry, String check, CheckRunner.Outcome outcome, Duration took) {
    Timer.builder("zdd.health.check")
        .description("runs of the check")
        .tags("check", check, "outcome", outcome.name().toLowerCase(Locale.ROOT))
        .register(registry)
        .record(took);
  }

  private static void count(MeterRegistry registry, HealthChange change) {
    Counter.builder("zdd.health.transitions")
        .description("changes of the check's status")
        .tags("check", change.check(), "probe", change.probe().label(), "to", change.to().label())
        .register(registry)
        .increment();
  }
}
