package dev.zdd.flags;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A snapshot with all its flags made ready to decide. Immutable. */
final class PreparedSnapshot {
  /** What this was made of; null before the first. */
  final @Nullable FlagSnapshot snapshot;

  private final Map<String, Evaluator> evaluators;
  private final Evaluator others;

  private PreparedSnapshot(
      @Nullable FlagSnapshot snapshot, Map<String, Evaluator> evaluators, Evaluator others) {
    this.snapshot = snapshot;
    this.evaluators = evaluators;
    this.others = others;
  }

  /** Before the first of {@code source}. */
  static PreparedSnapshot none(FlagSource source) {
    String why = "nothing has been read from " + source + " yet";
    return new PreparedSnapshot(
        null, Map.of(), Evaluator.callersDefault(null, Reason.DEFAULT, why));
  }

  /** One of {@code source}. */
  static PreparedSnapshot of(FlagSnapshot snapshot, FlagSource source, InstantSource clock) {
    Map<String, FlagDefinition> byKey = new LinkedHashMap<>();
    snapshot.definitions().forEach(definition -> byKey.put(definition.key(), definition));
    Map<String, Segment> segments = snapshot.segmentsByName();
    String version = snapshot.version();
    Map<String, Evaluator> evaluators = new HashMap<>();
    // Each after those that it requires, which are there by then.
    for (FlagDefinition definition : Prerequisites.inOrder(byKey)) {
      evaluators.put(
          definition.key(), Evaluator.of(definition, version, segments, evaluators, clock));
    }
    for (String key : snapshot.retired()) {
      evaluators.put(key, Evaluator.callersDefault(version, Reason.ERROR, "the flag is retired"));
    }
    return new PreparedSnapshot(
        snapshot,
        evaluators,
        Evaluator.callersDefault(version, Reason.ERROR, source + " has no such flag"));
  }

  /** That of a flag; one for flags that are not there, if it is not. */
  Evaluator evaluator(String key) {
    return evaluators.getOrDefault(key, others);
  }
}
