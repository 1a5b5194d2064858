package dev.zdd.flags;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A snapshot with all its flags made ready to decide. Immutable. */
final class PreparedSnapshot {
  /** What this was made of; null before the first. */
  final @Nullable FlagSnapshot snapshot;

  /** The overrides in force, by the order of their flags' keys. */
  final List<FlagOverride> overridden;

  /** Why others are not in force. */
  final List<String> misfits;

  private final Map<String, Evaluator> evaluators;
  private final Evaluator others;

  private PreparedSnapshot(
      @Nullable FlagSnapshot snapshot,
      List<FlagOverride> overridden,
      List<String> misfits,
      Map<String, Evaluator> evaluators,
      Evaluator others) {
    this.snapshot = snapshot;
    this.overridden = List.copyOf(overridden);
    this.misfits = List.copyOf(misfits);
    this.evaluators = evaluators;
    this.others = others;
  }

  /** Before the first of {@code source}. */
  static PreparedSnapshot none(FlagSource source, Map<String, FlagOverride> overrides) {
    String why = "nothing has been read from " + source + " yet";
    Evaluator others = Evaluator.callersDefault(null, Reason.DEFAULT, why);
    List<FlagOverride> overridden = new ArrayList<>();
    Map<String, Evaluator> evaluators = new HashMap<>();
    for (FlagOverride override : new TreeMap<>(overrides).values()) {
      Ending ending = override.ending(null);
      // One that names a variant may come to fit.
      if (ending != null) {
        overridden.add(override);
        evaluators.put(override.flag(), Evaluator.overridden(null, null, ending));
      }
    }
    return new PreparedSnapshot(null, overridden, List.of(), evaluators, others);
  }

  /** One of {@code source}. */
  static PreparedSnapshot of(
      FlagSnapshot snapshot,
      FlagSource source,
      Map<String, FlagOverride> overrides,
      InstantSource clock) {
    int size = 2 * snapshot.definitions().size();
    Map<String, FlagDefinition> byKey = new LinkedHashMap<>(size);
    snapshot.definitions().forEach(definition -> byKey.put(definition.key(), definition));
    Map<String, Segment> segments = snapshot.segmentsByName();
    String version = snapshot.version();
    Map<String, Evaluator> evaluators = new HashMap<>(size);
    for (String key : snapshot.retired()) {
      evaluators.put(key, Evaluator.callersDefault(version, Reason.ERROR, "the flag is retired"));
    }
    List<FlagOverride> overridden = new ArrayList<>();
    List<String> misfits = new ArrayList<>();
    // Before the others, which may require them.
    for (FlagOverride override : new TreeMap<>(overrides).values()) {
      FlagDefinition definition = byKey.get(override.flag());
      Ending ending = override.ending(definition);
      if (ending == null) {
        misfits.add(override.misfit(definition));
      } else {
        overridden.add(override);
        evaluators.put(override.flag(), Evaluator.overridden(definition, version, ending));
      }
    }
    // Each after those that it requires, which are there by then.
    for (FlagDefinition definition : Prerequisites.inOrder(byKey)) {
      if (!evaluators.containsKey(definition.key())) {
        evaluators.put(
            definition.key(), Evaluator.of(definition, version, segments, evaluators, clock));
      }
    }
    return new PreparedSnapshot(
        snapshot,
        overridden,
        misfits,
        evaluators,
        Evaluator.callersDefault(version, Reason.ERROR, source + " has no such flag"));
  }

  /** That of a flag; one for flags that are not there, if it is not. */
  Evaluator evaluator(String key) {
    return evaluators.getOrDefault(key, others);
  }
}
