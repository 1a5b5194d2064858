package dev.zdd.flags;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That somebody has changed a flag, or may have.
 *
 * @param at when the store had answered
 * @param change who and why
 * @param store what was changed, as "redis zdd:{shop}:flags"
 * @param flag the flag's key
 * @param before the flag as it was; null if there was none
 * @param after the flag as it is; null if it is retired
 * @param revision the change's, as the store tells it; null if it is not known whether the change
 *     was made
 */
public record FlagAudit(
    Instant at,
    FlagChange change,
    String store,
    String flag,
    @Nullable FlagDefinition before,
    @Nullable FlagDefinition after,
    @Nullable FlagRevision revision) {

  /**
   * In one line: {@code flag "new-checkout": percentage "10" → "25", by "alice" because "…" (…)}.
   */
  @Override
  public String toString() {
    return (revision == null ? "UNKNOWN whether written: " : "")
        + "flag "
        + Quoted.of(flag)
        + ": "
        + FlagDifference.between(before, after)
        + ", by \""
        + change.who()
        + "\" because \""
        + change.why()
        + "\" ("
        + store
        + (revision == null ? "" : ", " + revision)
        + ")";
  }
}
