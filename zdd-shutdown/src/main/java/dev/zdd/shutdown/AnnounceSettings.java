package dev.zdd.shutdown;

import dev.zdd.core.Probers;
import java.time.Duration;
import java.util.Map;

/** What the announce phase waits for; see the builder's methods of the same names. */
record AnnounceSettings(
    Duration min,
    Duration timeout,
    Duration unprobed,
    Duration quiet,
    int refusals,
    Map<String, Integer> refusalsByAgent) {

  AnnounceSettings {
    refusalsByAgent = Map.copyOf(refusalsByAgent);
    notNegative("announceMin", min);
    notNegative("quiet", quiet);
    atLeast(1, "refusalsNeeded", refusals);
    refusalsByAgent.forEach(
        (prefix, needed) -> atLeast(0, "refusalsNeeded(\"" + prefix + "\")", needed));
  }

  /** Checks what can only be checked against the bound over everything. */
  void within(Duration deadline) {
    between("announceTimeout", timeout, deadline);
    between("announceUnprobed", unprobed, deadline);
    if (quiet.compareTo(deadline) >= 0) {
      throw new IllegalArgumentException(
          "quiet: " + quiet + " (expected: >= 0 and < deadline " + deadline + ")");
    }
  }

  /**
   * How often this one must read "not ready" until it sends nothing more: the longest prefix; once,
   * if it waits to be told of the change. 0: it sends nothing, and is not waited for.
   */
  int refusalsNeeded(Probers.Prober prober) {
    int needed = refusals;
    int longest = -1;
    for (Map.Entry<String, Integer> kind : refusalsByAgent.entrySet()) {
      if (kind.getKey().length() > longest && prober.userAgent().startsWith(kind.getKey())) {
        longest = kind.getKey().length();
        needed = kind.getValue();
      }
    }
    return prober.waits() ? Math.min(needed, 1) : needed;
  }

  private void between(String name, Duration value, Duration deadline) {
    if (value.compareTo(min) < 0 || value.compareTo(deadline) >= 0) {
      throw new IllegalArgumentException(
          name
              + ": "
              + value
              + " (expected: >= announceMin "
              + min
              + " and < deadline "
              + deadline
              + ")");
    }
  }

  private static void notNegative(String name, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: >= 0)");
    }
  }

  private static void atLeast(int least, String name, int value) {
    if (value < least) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + least + ")");
    }
  }
}
