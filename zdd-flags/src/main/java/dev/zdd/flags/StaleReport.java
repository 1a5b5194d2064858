package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which flags have been left behind, as {@link StaleFlags} saw it at one moment. Immutable.
 *
 * @param at that moment
 * @param version the snapshot's; null if there was none yet, and then nothing is found
 * @param flags how many flags it defined
 * @param findings those that fail a build first, then by kind, then by key
 */
public record StaleReport(
    Instant at, @Nullable String version, int flags, List<StaleFinding> findings) {
  /** Copies the findings. */
  public StaleReport {
    requireNonNull(at, "at");
    findings = List.copyOf(findings);
  }

  /** Whether there is a finding that a build is to fail for. */
  public boolean isFailing() {
    return findings.stream().anyMatch(StaleFinding::failing);
  }

  /** How many findings of that kind there are. */
  public long count(StaleKind kind) {
    return findings.stream().filter(finding -> finding.kind() == kind).count();
  }

  /** A line that sums it up, and a table for people; lines end with {@code \n}. */
  public String text() {
    return StaleReportText.of(this);
  }

  /** One JSON object on one line; its fields are those of this record, and of the findings. */
  public String json() {
    return StaleReportJson.of(this);
  }
}
