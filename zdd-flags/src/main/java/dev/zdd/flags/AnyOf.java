package dev.zdd.flags;

import java.util.ArrayList;
import java.util.List;

/**
 * Conditions in the form that rules can have: one of several alternatives, of each of which all is
 * met. Immutable.
 *
 * @param alternatives none for nobody; one that is empty for everybody
 */
record AnyOf(List<List<Condition>> alternatives) {
  static final AnyOf NOBODY = new AnyOf(List.of());
  static final AnyOf EVERYBODY = new AnyOf(List.of(List.of()));

  private static final int MOST = 256;

  /** Refuses more alternatives than a flag should have rules. */
  AnyOf {
    if (alternatives.size() > MOST) {
      throw new NotCarriedOverException(
          "targeting", "it comes to more than " + MOST + " alternatives");
    }
    alternatives = List.copyOf(alternatives);
  }

  /** All of these conditions. */
  static AnyOf all(Condition... conditions) {
    return new AnyOf(List.of(List.of(conditions)));
  }

  AnyOf or(AnyOf other) {
    List<List<Condition>> either = new ArrayList<>(alternatives);
    either.addAll(other.alternatives);
    return new AnyOf(either);
  }

  AnyOf and(AnyOf other) {
    List<List<Condition>> both = new ArrayList<>();
    for (List<Condition> one : alternatives) {
      for (List<Condition> another : other.alternatives) {
        List<Condition> together = new ArrayList<>(one);
        another.stream().filter(condition -> !one.contains(condition)).forEach(together::add);
        both.add(together);
      }
    }
    return new AnyOf(both);
  }

  /** Of no alternative all is met: of each, one condition is not. */
  AnyOf negated() {
    AnyOf none = EVERYBODY;
    for (List<Condition> alternative : alternatives) {
      none =
          none.and(
              new AnyOf(
                  alternative.stream().map(condition -> List.of(condition.negated())).toList()));
    }
    return none;
  }
}
