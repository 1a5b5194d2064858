package dev.zdd.examples;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Durations as people type them: {@code 500ms}, {@code 2s}, {@code 1m}. */
public final class Durations {
  private static final Pattern TYPED = Pattern.compile("(\\d{1,9})(ms|s|m)");

  private Durations() {}

  /** The duration that {@code text} says. */
  public static Duration parse(String text) {
    Matcher typed = TYPED.matcher(text);
    if (!typed.matches()) {
      throw new TypeConversionException(
          "\"" + text + "\" (expected: a whole number and ms, s or m, such as 500ms or 2s)");
    }
    long amount = Long.parseLong(typed.group(1));
    return switch (typed.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      default -> Duration.ofMinutes(amount);
    };
  }
}
