package dev.zdd.flags;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A rule for which ids a percentage takes, and which variant an id gets: zdd's own, or that of
 * another system, exactly, so that flags move over and no user changes sides. The formulas are in
 * {@code docs/bucketing.md}. Stateless.
 */
sealed interface Bucketing
    permits Zdd1, Flagd2, GrowthBook, LaunchDarkly, Optimizely, Split, Unleash {

  /** Every one of them, by the name that a definition gives. */
  SortedMap<String, Bucketing> BY_NAME =
      Collections.unmodifiableSortedMap(
          new TreeMap<>(
              Map.of(
                  Zdd1.NAME, new Zdd1(),
                  Flagd2.NAME, new Flagd2(),
                  GrowthBook.NAME_1, new GrowthBook(1),
                  GrowthBook.NAME_2, new GrowthBook(2),
                  LaunchDarkly.NAME, new LaunchDarkly(),
                  Optimizely.NAME, new Optimizely(),
                  Split.NAME, new Split(),
                  Unleash.NAME, new Unleash())));

  /**
   * The one of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Bucketing of(String name) {
    Bucketing bucketing = BY_NAME.get(name);
    if (bucketing == null) {
      throw new IllegalArgumentException(
          "bucketer: "
              + Quoted.of(name)
              + " (expected one of: "
              + String.join(", ", BY_NAME.keySet())
              + ")");
    }
    return bucketing;
  }

  /**
   * Two parts: those that a percentage takes, and the others.
   *
   * @throws IllegalArgumentException if this system could not have had that salt or percentage
   */
  Division rollout(String salt, Percentage percentage);

  /**
   * One part for each weight, in their order.
   *
   * @throws IllegalArgumentException if this system could not have had that salt or those weights
   */
  Division variants(String salt, Weights weights);
}
