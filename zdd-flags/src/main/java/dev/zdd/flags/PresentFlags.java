package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * What a store holds.
 *
 * @param revision to be expected by a change of it
 * @param snapshot the flags; none at all where nothing was ever written
 */
public record PresentFlags(FlagRevision revision, FlagSnapshot snapshot) {
  /** Refuses null. */
  public PresentFlags {
    requireNonNull(revision, "revision");
    requireNonNull(snapshot, "snapshot");
  }

  /** The flag with that key; null if there is none. */
  public @Nullable FlagDefinition flag(String key) {
    return snapshot.definitions().stream()
        .filter(definition -> definition.key().equals(key))
        .findFirst()
        .orElse(null);
  }
}
