package dev.zdd.health;

import static java.time.temporal.ChronoUnit.SECONDS;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * Tells a person what each probe says and why; see {@link Health#explain}.
 *
 * @param now a reading of the health's ticker
 */
record Explanation(long now) {
  private static final String BELOW = "\n    ";

  String of(Health health) {
    StringBuilder text = new StringBuilder();
    for (Probe probe : Probe.values()) {
      HealthSnapshot snapshot = health.snapshot(probe);
      String word = probe.word(snapshot.status().isOk());
      String lifecycle = snapshot.lifecycle().name().toLowerCase(Locale.ROOT);
      text.append(probe.path()).append(": ").append(word);
      text.append(" (").append(snapshot.status().label());
      text.append(", lifecycle ").append(lifecycle).append(")\n");
      snapshot.checks().forEach(check -> text.append(check(check)).append('\n'));
    }
    return text.toString();
  }

  private String check(CheckSnapshot check) {
    StringBuilder text = new StringBuilder("  ").append(check.name());
    text.append(": ").append(check.status().label());
    text.append(" since ").append(second(check.since()));
    if (check.reason() != null) {
      text.append(": ").append(check.reason());
    }
    text.append(BELOW).append(runs(check));
    text.append(BELOW).append(rules(check.options()));
    for (HealthChange change : check.transitions()) {
      text.append(BELOW).append(second(change.at())).append(' ');
      text.append(change.from().label()).append(" -> ").append(change.to().label());
      if (change.reason() != null) {
        text.append(": ").append(change.reason());
      }
    }
    return text.toString();
  }

  private String runs(CheckSnapshot check) {
    StringJoiner runs = new StringJoiner(", ");
    if (check.consecutiveFailures() > 0) {
      runs.add("failures in a row: " + check.consecutiveFailures());
    }
    Instant success = check.lastSuccess();
    runs.add(success == null ? "no success yet" : "last success " + second(success));
    runs.add("last run took " + CheckOptions.seconds(check.duration()));
    if (check.heldUntil() != null) {
      runs.add("held for another " + in(check.heldUntil()));
    }
    if (check.runningSince() != null) {
      Duration running = Duration.ofNanos(now - check.runningSince());
      runs.add("running for " + CheckOptions.seconds(running));
    }
    if (check.nextRunAt() != null) {
      runs.add("next run in " + in(check.nextRunAt()));
    }
    return runs.toString();
  }

  private static String rules(CheckOptions options) {
    StringJoiner rules = new StringJoiner(", ");
    rules.add(options.required() ? "required" : "optional");
    if (options.hold() != null) {
      boolean forever = options.hold().equals(CheckOptions.FOREVER);
      rules.add("shared, held " + (forever ? "forever" : CheckOptions.seconds(options.hold())));
    }
    rules.add("every " + CheckOptions.seconds(options.every()));
    rules.add("timeout " + CheckOptions.seconds(options.timeout()));
    rules.add("down after " + options.failuresToDown() + " failures");
    rules.add("up after " + options.successesToUp() + " successes");
    rules.add("a failure shows after at most " + CheckOptions.seconds(options.detection()));
    return rules.toString();
  }

  private String in(long reading) {
    return CheckOptions.seconds(Duration.ofNanos(Math.max(0, reading - now)));
  }

  private static String second(Instant at) {
    return at.truncatedTo(SECONDS).toString();
  }
}
