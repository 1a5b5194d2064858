package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a flag answers those who meet some conditions. The first rule that somebody meets decides
 * for him.
 *
 * @param name for people: appears in explanations; null for none
 * @param when what has to be met, all of it; nothing for everybody
 * @param percentage for how many of them it is on; null for all, "0" for none
 * @param salt what the bucketing mixes into every id for this percentage; null for the flag's
 * @param weights of these variants they get one, in proportion; empty for the flag's own weights
 * @param goesOn whether one whom the percentage leaves out is not off, but goes on to the next rule
 */
public record Rule(
    @Nullable String name,
    List<Condition> when,
    @Nullable Percentage percentage,
    @Nullable String salt,
    Map<String, Integer> weights,
    boolean goesOn) {

  /** Copies what it is given, and refuses what the parameters forbid. */
  public Rule {
    when = List.copyOf(when);
    if (salt != null && salt.isEmpty()) {
      throw new IllegalArgumentException("rules: salt: \"\" (expected: not empty)");
    }
    if (percentage == null && (goesOn || salt != null)) {
      throw new IllegalArgumentException(
          "rules: percentage: missing beside "
              + (goesOn ? "goesOn" : "salt")
              + " (expected: how many of those who meet the conditions)");
    }
    weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
  }

  /** A rule for those who meet all of {@code conditions}: on, until it says otherwise. */
  public static Rule when(Condition... conditions) {
    return new Rule(null, List.of(conditions), null, null, Map.of(), false);
  }

  /** A rule for everybody whom no rule before it has met: on, until it says otherwise. */
  public static Rule forEverybody() {
    return when(new Condition[0]);
  }

  /** The same with a name for people. */
  public Rule named(String newName) {
    return new Rule(requireNonNull(newName), when, percentage, salt, weights, goesOn);
  }

  /**
   * The same for so many of them, as "12.5"; the others are off.
   *
   * @throws IllegalArgumentException if {@link Percentage#parse} refuses it
   */
  public Rule percentage(String newPercentage) {
    return new Rule(name, when, Percentage.parse(newPercentage), salt, weights, goesOn);
  }

  /** The same, giving them that variant. */
  public Rule variant(String variant) {
    return new Rule(name, when, percentage, salt, Map.of(variant, 1), goesOn);
  }
}
