package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

/**
 * Which document a {@link FlagStore} holds, so that a writer replaces the one it has seen and no
 * other.
 *
 * @param version counts the writes, from 1; 0 for none yet
 * @param epoch random text made with version 1: another epoch is another history, whose versions
 *     cannot be compared with these. Empty where there are none: in a file, in memory
 * @param write random text made by each write: of two servers that counted on apart (a failover
 *     that lost a write, a restored backup), the same version is not the same document. In Redis it
 *     ends with {@code @} and the time, in milliseconds since 1970. For a file, the SHA-256 of its
 *     content
 */
public record FlagRevision(long version, String epoch, String write) {
  /** What a writer expects where nothing was ever written. */
  public static final FlagRevision NONE = new FlagRevision(0, "", "");

  /** Refuses a negative version. */
  public FlagRevision {
    requireNonNull(epoch, "epoch");
    requireNonNull(write, "write");
    if (version < 0) {
      throw new IllegalArgumentException("version: " + version + " (expected: >= 0)");
    }
  }

  /** "version 7 of epoch 5f0c…", "version 7". */
  @Override
  public String toString() {
    return equals(NONE)
        ? "nothing"
        : "version " + version + (epoch.isEmpty() ? "" : " of epoch " + Quoted.line(epoch));
  }
}
