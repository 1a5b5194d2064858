package dev.zdd.flags;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which flags may answer otherwise in one snapshot than in the one before. */
final class ChangedFlags {
  private ChangedFlags() {}

  /**
   * The keys, sorted: of flags that are new, gone or defined otherwise, of those with a rule on a
   * segment that is, and of those that require one of all these.
   */
  static List<String> between(FlagSnapshot before, FlagSnapshot now) {
    Map<String, FlagDefinition> was = byKey(before);
    Map<String, FlagDefinition> is = byKey(now);
    Set<String> changed = new TreeSet<>(was.keySet());
    changed.removeAll(is.keySet());
    Set<String> segments = changedSegments(before, now);
    // Each after those that it requires, whose change is known by then.
    for (FlagDefinition flag : Prerequisites.inOrder(is)) {
      if (!flag.equals(was.get(flag.key()))
          || flag.requires().stream().anyMatch(required -> changed.contains(required.flag()))
          || flag.rules().stream().anyMatch(rule -> names(rule, segments))) {
        changed.add(flag.key());
      }
    }
    return List.copyOf(changed);
  }

  private static Map<String, FlagDefinition> byKey(FlagSnapshot snapshot) {
    Map<String, FlagDefinition> byKey = new LinkedHashMap<>();
    snapshot.definitions().forEach(flag -> byKey.put(flag.key(), flag));
    return byKey;
  }

  private static Set<String> changedSegments(FlagSnapshot before, FlagSnapshot now) {
    Map<String, Segment> was = before.segmentsByName();
    Set<String> changed = new HashSet<>();
    for (Segment segment : now.segments()) {
      if (!segment.equals(was.get(segment.name()))) {
        changed.add(segment.name());
      }
    }
    return changed;
  }

  private static boolean names(Rule rule, Set<String> segments) {
    return rule.when().stream()
        .anyMatch(condition ->
            condition instanceof Condition.InSegment in && segments.contains(in.segment()));
  }
}
