package dev.zdd.flags;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Everything that overrides flags of one {@link Flags}: of two for a flag, the first counts. */
final class OverrideLayers {
  private final List<FlagOverrides> layers;
  private final AtomicReferenceArray<Map<String, FlagOverride>> present;

  OverrideLayers(List<FlagOverrides> layers) {
    this.layers = List.copyOf(layers);
    this.present = new AtomicReferenceArray<>(this.layers.size());
  }

  /**
   * Begins, and reads what there is.
   *
   * @param changed told of each change, when {@link #present} has it
   */
  void start(Runnable changed) {
    for (int n = 0; n < layers.size(); n++) {
      int layer = n;
      layers
          .get(n)
          .start(overrides -> {
            present.set(layer, overrides);
            changed.run();
          });
    }
  }

  /** Those that count, by the flags' keys. */
  Map<String, FlagOverride> present() {
    Map<String, FlagOverride> all = new LinkedHashMap<>();
    for (int n = 0; n < layers.size(); n++) {
      Map<String, FlagOverride> layer = present.get(n);
      if (layer != null) {
        layer.forEach(all::putIfAbsent);
      }
    }
    return all;
  }

  /** What is wrong with them; null if nothing is. */
  @Nullable String problem() {
    String problems =
        layers.stream()
            .map(FlagOverrides::problem)
            .filter(Objects::nonNull)
            .collect(Collectors.joining("; "));
    return problems.isEmpty() ? null : problems;
  }

  void close() {
    layers.forEach(FlagOverrides::close);
  }
}
