package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All flags of a source at one moment. Immutable, and good or refused as a whole: no reader sees
 * half of a change.
 *
 * @param version tells this snapshot from others of its source, in logs and in {@link
 *     Decision#version}. What it looks like, and whether it rises, is the source's affair
 * @param definitions the flags, no two with the same key
 */
public record FlagSnapshot(String version, List<FlagDefinition> definitions) {
  /** Copies the list; refuses two definitions of one key. */
  public FlagSnapshot {
    requireNonNull(version, "version");
    definitions = List.copyOf(definitions);
    Set<String> seen = new HashSet<>();
    for (FlagDefinition definition : definitions) {
      if (!seen.add(definition.key())) {
        throw new IllegalArgumentException(
            "flag " + Quoted.of(definition.key()) + " is defined twice (expected: once)");
      }
    }
  }
}
