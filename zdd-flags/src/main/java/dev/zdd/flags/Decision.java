package dev.zdd.flags;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a flag answers for an id, and why: for a page, a log line, a support case. Does not hold the
 * id.
 *
 * @param key the flag
 * @param enabled the answer
 * @param variant which of its variants; null if it is off, or has none
 * @param reason why, in a word
 * @param detail why, in a sentence with its numbers
 * @param percentage the percentage that decided, the flag's or a rule's; the flag's if none did,
 *     and null if it has none or is unknown
 * @param bucket where the id stands, counted from 0 and on the scale of the flag's bucketing, if a
 *     percentage decided: below 2^32 for {@code zdd1}, below 100 for {@code unleash}
 * @param version the snapshot that decided; null if there is none yet
 * @param age how old the source's assurance of that snapshot is, as {@link FlagSource.Status#age}
 */
public record Decision(
    String key,
    boolean enabled,
    @Nullable Variant variant,
    Reason reason,
    String detail,
    @Nullable Percentage percentage,
    OptionalLong bucket,
    @Nullable String version,
    Duration age) {

  /**
   * The decision in one line: {@code new-checkout: on, SPLIT: … (snapshot 7-9f2c41d0, 0.4 s old)}.
   */
  @Override
  public String toString() {
    String snapshot =
        version == null
            ? "no snapshot"
            : String.format(Locale.ROOT, "snapshot %s, %.1f s old", version, age.toMillis() / 1e3);
    return key
        + ": "
        + (enabled ? "on" : "off")
        + (variant == null ? "" : " with variant " + Quoted.of(variant.name()))
        + ", "
        + reason
        + ": "
        + detail
        + " ("
        + snapshot
        + ")";
  }
}
