package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** A check that was accepted: its name and its settings are good. */
record CheckRegistration(Probe probe, String name, HealthCheck check, CheckOptions options) {
  /** How long the name of a check may be. */
  static final int LONGEST_NAME = 64;

  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1," + LONGEST_NAME + "}");

  /** Refuses what is wrong with a registration, by name, value and what was expected. */
  static CheckRegistration of(
      Probe probe, String name, HealthCheck check, UnaryOperator<CheckOptions> options) {
    requireName("health check name", name);
    String title = "health check \"" + name + "\"";
    requireNonNull(check, () -> title + ": check is null (expected: a check)");
    return new CheckRegistration(probe, name, check, verified(title, options));
  }

  /** Refuses a name that may not stand in paths and meters. */
  static void requireName(String what, String name) {
    if (!isName(requireNonNull(name, what))) {
      throw new IllegalArgumentException(
          what + ": \"" + name + "\" (expected: " + NAME.pattern() + ")");
    }
  }

  /** Whether a check or a group may be called that. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** What {@code options} makes of the defaults, if that is good. */
  static CheckOptions verified(String title, UnaryOperator<CheckOptions> options) {
    requireNonNull(options, () -> title + ": options is null (expected: a function)");
    CheckOptions chosen =
        requireNonNull(
            options.apply(CheckOptions.DEFAULTS),
            () -> title + ": options returned null (expected: the options)");
    try {
      chosen.verify();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(title + ": " + e.getMessage(), e);
    }
    return chosen;
  }

  /** For the log and for the names of threads. */
  String title() {
    return probe.titleOf(name);
  }
}
