package dev.zdd.flags;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Whether a flag gives everyone with an id the same answer, "on", for good. */
final class Everyone {
  private Everyone() {}

  /**
   * Whether it decides nothing any more: it is on for all, gives nobody another variant than
   * others, depends on no other flag, and no schedule will change that.
   */
  static boolean has(FlagDefinition flag, Instant now) {
    return flag.enabled()
        && flag.until() == null
        && (flag.from() == null || !now.isBefore(flag.from()))
        && flag.deny().isEmpty()
        && flag.requires().isEmpty()
        && flag.variants().stream().filter(variant -> variant.weight() > 0).count() <= 1
        && isOnByRulesAndPercentage(flag);
  }

  private static boolean isOnByRulesAndPercentage(FlagDefinition flag) {
    for (Rule rule : flag.rules()) {
      boolean isOn = isAll(rule.percentage());
      if (!rule.weights().isEmpty() || (!isOn && !rule.goesOn())) {
        return false; // it gives some another variant, or nothing
      }
      if (isOn && rule.when().isEmpty()) {
        return true; // nobody gets past it
      }
    }
    return isAll(flag.percentage());
  }

  private static boolean isAll(@Nullable Percentage percentage) {
    return percentage == null || percentage.ppm() == Percentage.ALL_PPM;
  }
}
