package dev.zdd.flags;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A segment of Unleash; what is wrong with it is told to who uses it. Immutable. */
final class UnleashSegment {
  private final String name;
  private final List<JsonTree> constraints;

  /**
   * A segment of these constraints.
   *
   * @param name what it is called here
   */
  UnleashSegment(String name, List<JsonTree> constraints) {
    this.name = name;
    this.constraints = constraints;
  }

  /** What it is called here. */
  String name() {
    return name;
  }

  /** Takes what it asks into {@code audience}. */
  void addTo(UnleashAudience audience) {
    UnleashAudience own = audience();
    if (isSegment(own)) {
      audience.segment(name, own);
      return;
    }
    // A time, nobody or everybody: not what a segment of ours can be.
    for (int n = 0; n < constraints.size(); n++) {
      audience.constraint(constraints.get(n), place(n));
    }
  }

  /** The same as ours; null if it has to be part of the rules. */
  @Nullable Segment segment() {
    UnleashAudience own = audience();
    return isSegment(own) ? new Segment(name, Set.of(), Set.of(), own.when()) : null;
  }

  private static boolean isSegment(UnleashAudience own) {
    return !own.isNobody() && !own.hasTime() && !own.when().isEmpty();
  }

  private UnleashAudience audience() {
    UnleashAudience own = new UnleashAudience();
    for (int n = 0; n < constraints.size(); n++) {
      own.constraint(constraints.get(n), place(n));
    }
    return own;
  }

  private String place(int constraint) {
    return "segment " + Quoted.of(name) + ".constraints[" + constraint + "]";
  }
}
