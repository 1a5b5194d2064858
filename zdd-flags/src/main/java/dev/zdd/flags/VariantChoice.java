package dev.zdd.flags;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which of some variants an id gets, made ready. Immutable. */
final class VariantChoice {
  private final List<Variant> variants;
  private final Division division;

  private VariantChoice(List<Variant> variants, Division division) {
    this.variants = variants;
    this.division = division;
  }

  /** That one, for everybody. */
  static VariantChoice only(Variant variant) {
    return new VariantChoice(List.of(variant), Division.WHOLE);
  }

  /**
   * By the variants' own weights, of which one is not 0.
   *
   * @throws IllegalArgumentException if the bucketing could not have had them
   */
  static VariantChoice of(Bucketing bucketing, String salt, List<Variant> variants) {
    return of(bucketing, salt, variants, variants.stream().mapToInt(Variant::weight).toArray());
  }

  /**
   * By a rule's weights; null if it has none.
   *
   * @throws IllegalArgumentException if it names variants that are not there, or the bucketing
   *     could not have had them
   */
  static @Nullable VariantChoice ofRule(
      Bucketing bucketing, String salt, List<Variant> variants, Rule rule) {
    Map<String, Integer> weights = rule.weights();
    if (weights.isEmpty()) {
      return null;
    }
    List<String> names = variants.stream().map(Variant::name).toList();
    for (String name : weights.keySet()) {
      if (!names.contains(name)) {
        throw new IllegalArgumentException(
            "rules: variant: "
                + Quoted.of(name)
                + " (expected: one of the flag's, "
                + (names.isEmpty() ? "which has none" : String.join(", ", names))
                + ")");
      }
    }
    int[] each = variants.stream().mapToInt(v -> weights.getOrDefault(v.name(), 0)).toArray();
    return of(bucketing, salt, variants, each);
  }

  private static VariantChoice of(
      Bucketing bucketing, String salt, List<Variant> variants, int[] weights) {
    Weights checked = Weights.of(weights);
    // Whatever the bucketing can express: where there is no choice it is not asked.
    for (int n = 0; n < weights.length; n++) {
      if (weights[n] == checked.total()) {
        return new VariantChoice(variants.subList(n, n + 1), Division.WHOLE);
      }
    }
    return new VariantChoice(variants, bucketing.variants(salt, checked));
  }

  Variant pick(String id) {
    return variants.get(division.part(division.place(id)));
  }
}
