package dev.zdd.flags;

import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A version by semver.org 2.0.0, in the order of its section 11. Build metadata is read and does
 * not count.
 */
final class SemanticVersion implements Comparable<SemanticVersion> {
  private static final int LONGEST = 200;
  private static final Pattern TEXT =
      Pattern.compile(
          "(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)"
              + "(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?"
              + "(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?");
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private final List<BigInteger> core;
  // Empty for a release, which comes after all that lead to it.
  private final List<String> preRelease;

  private SemanticVersion(List<BigInteger> core, List<String> preRelease) {
    this.core = core;
    this.preRelease = preRelease;
  }

  /**
   * The value of a condition.
   *
   * @throws IllegalArgumentException if it is no version
   */
  static SemanticVersion required(String value) {
    SemanticVersion version = of(value);
    if (version == null) {
      throw new IllegalArgumentException(
          "values: " + Quoted.of(value) + " (expected: a semantic version, as 2.10.0-rc.1)");
    }
    return version;
  }

  /** Null if it is none: a number that begins with a needless zero, say. */
  static @Nullable SemanticVersion of(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (text.length() > LONGEST || !matcher.matches()) {
      return null;
    }
    String pre = matcher.group(4);
    List<String> preRelease = pre == null ? List.of() : List.of(pre.split("\\."));
    if (preRelease.stream().anyMatch(part -> isNumber(part) && part.matches("0.+"))) {
      return null;
    }
    return new SemanticVersion(
        List.of(
            new BigInteger(matcher.group(1)),
            new BigInteger(matcher.group(2)),
            new BigInteger(matcher.group(3))),
        preRelease);
  }

  @Override
  public int compareTo(SemanticVersion other) {
    for (int n = 0; n < core.size(); n++) {
      int sign = core.get(n).compareTo(other.core.get(n));
      if (sign != 0) {
        return sign;
      }
    }
    if (preRelease.isEmpty() || other.preRelease.isEmpty()) {
      return Boolean.compare(preRelease.isEmpty(), other.preRelease.isEmpty());
    }
    int common = Math.min(preRelease.size(), other.preRelease.size());
    for (int n = 0; n < common; n++) {
      int sign = compare(preRelease.get(n), other.preRelease.get(n));
      if (sign != 0) {
        return sign;
      }
    }
    return Integer.compare(preRelease.size(), other.preRelease.size());
  }

  // By their order alone: two that differ in build metadata are equal in it.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SemanticVersion version
        && core.equals(version.core)
        && preRelease.equals(version.preRelease);
  }

  @Override
  public int hashCode() {
    return 31 * core.hashCode() + preRelease.hashCode();
  }

  private static int compare(String one, String other) {
    boolean number = isNumber(one);
    if (number != isNumber(other)) {
      return number ? -1 : 1;
    }
    return number ? new BigInteger(one).compareTo(new BigInteger(other)) : one.compareTo(other);
  }

  private static boolean isNumber(String part) {
    return NUMBER.matcher(part).matches();
  }
}
