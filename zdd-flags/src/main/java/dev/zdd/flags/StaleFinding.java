package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * One flag that something is wrong with.
 *
 * @param kind what is wrong
 * @param flag its key
 * @param owner whom to ask; null if neither the definition nor the code says so
 * @param since the day (UTC) since when; null if that is not known, or not yet
 * @param failing whether a build is to fail for it; else it is a warning
 * @param why what was seen
 * @param advice what to do
 */
public record StaleFinding(
    StaleKind kind,
    String flag,
    @Nullable String owner,
    @Nullable LocalDate since,
    boolean failing,
    String why,
    String advice) {
  /** Refuses null where it is not allowed. */
  public StaleFinding {
    requireNonNull(kind, "kind");
    requireNonNull(flag, "flag");
    requireNonNull(why, "why");
    requireNonNull(advice, "advice");
  }
}
