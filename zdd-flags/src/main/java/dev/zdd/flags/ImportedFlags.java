package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What could be taken over from another system, and what could not. A flag that would answer
 * somebody otherwise here is not in the snapshot, and named in the findings.
 *
 * @param snapshot the flags, and the segments that their rules name
 * @param findings what was left out or is to be known, in the order of the document; empty if all
 *     is as it was
 */
public record ImportedFlags(FlagSnapshot snapshot, List<ImportFinding> findings) {
  /** Copies the list. */
  public ImportedFlags {
    requireNonNull(snapshot, "snapshot");
    findings = List.copyOf(findings);
  }
}
