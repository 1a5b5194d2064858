package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The variants of an Unleash feature, or of one of its strategies. Immutable.
 *
 * @param values what each stands for, by name
 * @param weights how many get it, by name, in the order by which ids are divided
 * @param picks who gets one whatever the weights, in the order in which they are looked at
 * @param stickiness the context field by which ids are divided
 * @param salt what the bucketing mixes in
 */
record UnleashVariants(
    Map<String, FlagValue> values,
    Map<String, Integer> weights,
    List<Pick> picks,
    String stickiness,
    String salt) {
  private static final Set<String> FIELDS =
      Set.of("name", "weight", "weightType", "stickiness", "payload", "overrides");

  /** Who gets a variant whatever the weights. */
  record Pick(UnleashAudience audience, String variant) {}

  /** Whether ids are divided: not where all get the same. */
  boolean isSplit() {
    return weights.values().stream().filter(weight -> weight > 0).count() > 1;
  }

  List<String> names() {
    return List.copyOf(values.keySet());
  }

  /**
   * Reads variants.
   *
   * @param stickiness the strategy's, for its own variants; null for a feature's
   * @param findings is told of what has no payload
   */
  static UnleashVariants of(
      List<JsonTree> variants,
      @Nullable String stickiness,
      String salt,
      String feature,
      String place,
      List<ImportFinding> findings) {
    Map<String, FlagValue> values = new LinkedHashMap<>();
    Map<String, Integer> weights = new LinkedHashMap<>();
    List<Pick> picks = new ArrayList<>();
    Set<String> stickinesses = new HashSet<>();
    for (int n = 0; n < variants.size(); n++) {
      String at = (place.isEmpty() ? "" : place + ".") + "variants[" + n + "]";
      JsonTree.Members variant = JsonTree.membersOf(variants.get(n), at);
      variant.requireOnly(FIELDS, at);
      String name = Objects.requireNonNullElse(variant.text("name", at), "");
      if (values.put(name, value(variant, name, feature, at, findings)) != null) {
        throw new NotCarriedOverException(at, Quoted.of(name) + " stands twice");
      }
      weights.put(name, weight(variant, at));
      for (JsonTree override : variant.elements("overrides", at)) {
        picks.add(new Pick(override(override, at + ".overrides"), name));
      }
      stickinesses.add(
          Objects.requireNonNullElse(
              variant.text("stickiness", at),
              stickiness == null ? UnleashStrategy.DEFAULT : stickiness));
    }
    if (stickinesses.size() > 1
        || (stickiness != null && !stickinesses.equals(Set.of(stickiness)))) {
      throw new NotCarriedOverException(
          place + ".variants", "stickiness: several, " + stickinesses + ", that could be meant");
    }
    if (weights.values().stream().allMatch(weight -> weight == 0)) {
      throw new NotCarriedOverException(place + ".variants", "all weights are 0");
    }
    return new UnleashVariants(values, weights, picks, stickinesses.iterator().next(), salt);
  }

  private static UnleashAudience override(JsonTree tree, String place) {
    JsonTree.Members override = JsonTree.membersOf(tree, place);
    Map<String, JsonTree> in = new LinkedHashMap<>(override.byName());
    in.put("operator", new JsonTree.Text("IN"));
    UnleashAudience audience = new UnleashAudience();
    audience.constraint(new JsonTree.Members(in), place);
    return audience;
  }

  private static int weight(JsonTree.Members variant, String place) {
    String text = Objects.requireNonNullElse(variant.text("weight", place), "");
    if (!text.matches("\\d{1,9}")) {
      throw new NotCarriedOverException(
          place + ".weight", Quoted.of(text) + " (expected: a whole number, 0 or more)");
    }
    return Integer.parseInt(text);
  }

  private static FlagValue value(
      JsonTree.Members variant,
      String name,
      String feature,
      String place,
      List<ImportFinding> findings) {
    JsonTree given = variant.get("payload");
    if (given == null) {
      findings.add(
          new ImportFinding(
              feature, place, "there is no payload: the value here is the variant's name", false));
      return new FlagValue.Text(name);
    }
    String at = place + ".payload";
    JsonTree.Members payload = JsonTree.membersOf(given, at);
    String type = Objects.requireNonNullElse(payload.text("type", at), "");
    String value = Objects.requireNonNullElse(payload.text("value", at), "");
    try {
      return switch (type) {
        case "string", "csv" -> new FlagValue.Text(value);
        case "number" -> new FlagValue.Numeric(new BigDecimal(value));
        case "json" -> json(value, at);
        default ->
            throw new NotCarriedOverException(at, "type " + Quoted.of(type) + " is not known");
      };
    } catch (NumberFormatException e) {
      throw new NotCarriedOverException(at, Quoted.of(value) + " (expected: a number)");
    }
  }

  private static FlagValue json(String value, String place) {
    JsonTree tree;
    try {
      tree = JsonTree.read(value.getBytes(UTF_8));
    } catch (IllegalArgumentException e) {
      throw new NotCarriedOverException(place, Quoted.of(value) + " (expected: JSON)");
    }
    if (!(tree instanceof JsonTree.Members || tree instanceof JsonTree.Elements)) {
      throw new NotCarriedOverException(
          place, Quoted.of(value) + " (expected: an object or an array)");
    }
    return new FlagValue.Json(tree.asJson());
  }
}
