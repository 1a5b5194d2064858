package dev.zdd.flags;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One snapshot of several, of which the first is the highest. A key is what the highest that names
 * it says: that flag, whole, or that it is retired; and a segment that of the highest that has it.
 *
 * <p>There is never a circle. A flag's prerequisites are all named by its own snapshot, so in the
 * merge they come from that one or from a higher: no way leads down, and none leads round within
 * one. What can happen is that a higher one has retired what a lower one's flag requires, or has it
 * without the variant.
 */
final class SnapshotMerge {
  private SnapshotMerge() {}

  /**
   * Merges those that are there.
   *
   * @param highestFirst null for one that is not there yet, which {@code -} stands for in the
   *     version
   * @throws FlagMisfitException if flags do not fit together
   */
  static FlagSnapshot of(List<@Nullable FlagSnapshot> highestFirst) {
    List<String> versions = new ArrayList<>();
    Set<String> named = new HashSet<>();
    List<FlagDefinition> definitions = new ArrayList<>();
    Set<String> retired = new HashSet<>();
    Map<String, Segment> segments = new LinkedHashMap<>();
    for (FlagSnapshot each : highestFirst) {
      if (each == null) {
        versions.add("-");
        continue;
      }
      versions.add(each.version());
      for (FlagDefinition definition : each.definitions()) {
        if (named.add(definition.key())) {
          definitions.add(definition);
        }
      }
      for (String key : each.retired()) {
        if (named.add(key)) {
          retired.add(key);
        }
      }
      each.segments().forEach(segment -> segments.putIfAbsent(segment.name(), segment));
    }
    return new FlagSnapshot(
        String.join("+", versions), definitions, List.copyOf(segments.values()), retired);
  }
}
