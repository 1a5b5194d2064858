package dev.zdd.flags;

import java.util.List;
import java.util.Set;

/**
 * A set of ids that rules name: those of a list, and those that meet conditions.
 *
 * @param name names it, as a flag's key does
 * @param include ids that are in it
 * @param exclude ids that are not, whatever else is said
 * @param when who meets all of these is in it too; if there are none, nobody is for that. No
 *     segments, so that there are no circles
 */
public record Segment(String name, Set<String> include, Set<String> exclude, List<Condition> when) {
  /** Copies the lists; refuses what the parameters forbid. */
  public Segment {
    FlagKeys.require("segment", name);
    include = Set.copyOf(include);
    exclude = Set.copyOf(exclude);
    when = List.copyOf(when);
    for (Condition condition : when) {
      if (condition instanceof Condition.InSegment nested) {
        throw new IllegalArgumentException(
            "when: segment: "
                + Quoted.of(nested.segment())
                + " (expected: conditions on attributes, within a segment)");
      }
    }
  }

  /** Of a list of ids only. */
  public static Segment of(String name, String... include) {
    return new Segment(name, Set.copyOf(List.of(include)), Set.of(), List.of());
  }
}
