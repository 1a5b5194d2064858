package dev.zdd.flags;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;

/** Tells the log when an override begins and when it ends, once each. One thread at a time. */
final class OverrideLog {
  private final Logger log;
  private final Map<String, FlagOverride> told = new HashMap<>();
  private List<String> misfits = List.of();

  OverrideLog(Logger log) {
    this.log = log;
  }

  /** What is in force from here on, and what cannot be. */
  void tell(List<FlagOverride> overridden, List<String> misfits) {
    Map<String, FlagOverride> ended = new HashMap<>(told);
    for (FlagOverride override : overridden) {
      ended.remove(override.flag());
      FlagOverride before = told.put(override.flag(), override);
      // Whoever moves it to another line has changed nothing.
      if (before == null || !before.answer().equals(override.answer())) {
        log.warn(
            "flag {} is overridden: {}, by {}", override.flag(), override.answer(), override.by());
      }
    }
    for (FlagOverride override : ended.values()) {
      told.remove(override.flag());
      log.warn(
          "flag {} is no longer overridden: it was {}, by {}",
          override.flag(),
          override.answer(),
          override.by());
    }
    List<String> now = new ArrayList<>(misfits);
    now.removeAll(this.misfits);
    now.forEach(misfit -> log.warn("flag not overridden: {}", misfit));
    this.misfits = List.copyOf(misfits);
  }
}
