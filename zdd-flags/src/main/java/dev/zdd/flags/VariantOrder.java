package dev.zdd.flags;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One order of variants for several divisions of ids, each of which goes by an order of its own.
 */
final class VariantOrder {
  private VariantOrder() {}

  /** An order that has each of these in it as it is; null if none was found. */
  static @Nullable List<String> of(List<List<String>> orders) {
    List<String> merged = new ArrayList<>();
    for (List<String> order : orders) {
      int next = 0;
      for (String name : order) {
        int at = merged.indexOf(name);
        if (at < 0) {
          merged.add(next++, name);
        } else if (at < next) {
          return null;
        } else {
          next = at + 1;
        }
      }
    }
    return merged;
  }
}
