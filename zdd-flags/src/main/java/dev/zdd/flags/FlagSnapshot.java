package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All flags of a source at one moment. Immutable, and good or refused as a whole: no reader sees
 * half of a change.
 *
 * @param version tells this snapshot from others of its source, in logs and in {@link
 *     Decision#version}. What it looks like, and whether it rises, is the source's affair
 * @param definitions the flags, no two with the same key, and none that requires itself by way of
 *     others. What they require is among them
 * @param segments the segments that the flags' rules name
 * @param retired keys of flags that are gone, and must not be used for others: somebody's old code
 *     may still ask for them
 */
public record FlagSnapshot(
    String version, List<FlagDefinition> definitions, List<Segment> segments, Set<String> retired) {
  /** Copies the lists; refuses what the parameters forbid. */
  public FlagSnapshot {
    requireNonNull(version, "version");
    definitions = List.copyOf(definitions);
    segments = List.copyOf(segments);
    retired = Set.copyOf(retired);
    // One that is misspelt with a space would keep nothing from being used again.
    retired.forEach(key -> FlagKeys.require("retired", key));
    Map<String, FlagDefinition> byKey = new LinkedHashMap<>(2 * definitions.size());
    for (FlagDefinition definition : definitions) {
      if (byKey.put(definition.key(), definition) != null) {
        throw new FlagMisfitException(definition.key(), "it is defined twice (expected: once)");
      }
      if (retired.contains(definition.key())) {
        throw new FlagMisfitException(
            definition.key(), "its key is retired (expected: another key for another flag)");
      }
    }
    Map<String, Segment> byName = byName(segments);
    for (FlagDefinition definition : definitions) {
      for (Rule rule : definition.rules()) {
        for (Condition condition : rule.when()) {
          if (condition instanceof Condition.InSegment in && !byName.containsKey(in.segment())) {
            throw new FlagMisfitException(
                definition.key(),
                "rules: segment: "
                    + Quoted.of(in.segment())
                    + " (expected: a segment of this snapshot)");
          }
        }
      }
    }
    Prerequisites.inOrder(byKey);
  }

  /** With neither segments nor retired keys. */
  public FlagSnapshot(String version, List<FlagDefinition> definitions) {
    this(version, definitions, List.of(), Set.of());
  }

  /**
   * These flags as the JSON document of {@code docs/flags.md}, indented, without what is the
   * default anyway and without {@link #version}. A source that reads it has the same flags. Text
   * that the document cannot have (an empty owner, a JSON value that is none) is written all the
   * same, and refused by whoever reads it.
   */
  public String toDocument() {
    return FlagDocumentWriter.write(this, null);
  }

  /** The segments by their names. */
  Map<String, Segment> segmentsByName() {
    return byName(segments);
  }

  private static Map<String, Segment> byName(List<Segment> segments) {
    Map<String, Segment> byName = new LinkedHashMap<>();
    for (Segment segment : segments) {
      if (byName.put(segment.name(), segment) != null) {
        throw new IllegalArgumentException(
            "segment " + Quoted.of(segment.name()) + " is defined twice (expected: once)");
      }
    }
    return byName;
  }
}
