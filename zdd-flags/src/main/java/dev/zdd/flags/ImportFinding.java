package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

/**
 * What an import could not take over as it was.
 *
 * @param flag the flag's key in the other system
 * @param place where in that flag it stands: {@code strategies[1].constraints[0]}
 * @param reason why, in a sentence
 * @param leftOut whether the flag was left out whole for it; if not, the flag is there, and this is
 *     to be known of it
 */
public record ImportFinding(String flag, String place, String reason, boolean leftOut) {
  /** Refuses null. */
  public ImportFinding {
    requireNonNull(flag, "flag");
    requireNonNull(place, "place");
    requireNonNull(reason, "reason");
  }

  /** In one line: {@code flag "x": strategies[1]: why (left out)}. */
  @Override
  public String toString() {
    return "flag "
        + Quoted.of(flag)
        + (place.isEmpty() ? "" : ": " + Quoted.line(place))
        + ": "
        + Quoted.line(reason)
        + (leftOut ? " (left out)" : "");
  }
}
