package dev.zdd.flags;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a definition of an Unleash feature. Each strategy becomes a rule that goes on to the next
 * for those whom its percentage leaves out, as Unleash tries one strategy after another. For one
 * feature, by one thread.
 */
final class UnleashFeature {
  private final String name;
  private final List<UnleashStrategy> strategies;
  private final JsonTree.Members feature;
  private final List<ImportFinding> findings;

  /** Reads a feature's strategies; {@code findings} is told of what is to be known. */
  UnleashFeature(
      String name,
      JsonTree.Members feature,
      Map<String, UnleashSegment> segments,
      List<ImportFinding> findings) {
    this.name = name;
    this.feature = feature;
    this.findings = findings;
    List<JsonTree> all = feature.elements("strategies", "");
    List<UnleashStrategy> live = new ArrayList<>();
    for (int n = 0; n < all.size(); n++) {
      UnleashStrategy strategy =
          UnleashStrategy.of(all.get(n), name, segments, "strategies[" + n + "]");
      if (!strategy.audience().isNobody()) {
        live.add(strategy);
      }
    }
    if (all.isEmpty()) { // on for everybody
      JsonTree everybody =
          new JsonTree.Members(Map.of("name", new JsonTree.Text(UnleashStrategy.DEFAULT)));
      live.add(UnleashStrategy.of(everybody, name, segments, "strategies"));
    }
    this.strategies = live;
  }

  /** The definition, but for what it requires. */
  FlagDefinition definition() {
    FlagDefinition.Builder flag =
        FlagDefinition.builder(name).enabled(feature.truth("enabled", false, ""));
    describe(flag);
    if (strategies.isEmpty()) {
      return flag.percentage("0").build();
    }
    schedule(flag);
    if (strategies.stream().anyMatch(strategy -> strategy.audience().ignoresCase())) {
      findings.add(
          new ImportFinding(
              name,
              "strategies",
              "caseInsensitive: letters whose capital form is another's too, as ß, are alike here",
              false));
    }
    List<UnleashVariants> variants = variants();
    unit(flag, variants);
    rules(flag, variants);
    return flag.build();
  }

  private void describe(FlagDefinition.Builder flag) {
    String type = Objects.requireNonNullElse(feature.text("type", ""), "release");
    switch (type) {
      case "operational" -> flag.type(FlagType.OPS);
      case "release", "experiment", "kill-switch", "permission" -> flag.type(FlagType.of(type));
      default ->
          findings.add(
              new ImportFinding(name, "type", Quoted.of(type) + " is \"release\" here", false));
    }
    String created = feature.text("createdAt", "");
    Instant moment = created == null ? null : Moments.parse(created);
    if (moment != null) {
      flag.created(moment.atZone(ZoneOffset.UTC).toLocalDate());
    }
    if (feature.truth("impressionData", false, "")) {
      findings.add(
          new ImportFinding(
              name, "impressionData", "there are no events here for each evaluation", false));
    }
  }

  private void schedule(FlagDefinition.Builder flag) {
    UnleashAudience first = strategies.get(0).audience();
    for (UnleashStrategy strategy : strategies) {
      if (!Objects.equals(strategy.audience().from(), first.from())
          || !Objects.equals(strategy.audience().until(), first.until())) {
        throw new NotCarriedOverException(
            strategy.place(), "its schedule is another than the first strategy's");
      }
    }
    if (first.from() != null) {
      flag.from(first.from());
    }
    if (first.until() != null) {
      flag.until(first.until());
    }
  }

  /** Those of each strategy; none if there are none. */
  private List<UnleashVariants> variants() {
    List<JsonTree> own = feature.elements("variants", "");
    UnleashVariants ofFeature =
        own.isEmpty() || strategies.stream().noneMatch(s -> s.variants().isEmpty())
            ? null
            : UnleashVariants.of(own, null, name, name, "", findings);
    List<UnleashVariants> variants = new ArrayList<>();
    for (UnleashStrategy strategy : strategies) {
      UnleashVariants its =
          strategy.variants().isEmpty()
              ? ofFeature
              : UnleashVariants.of(
                  strategy.variants(),
                  strategy.stickiness(),
                  strategy.groupId(),
                  name,
                  strategy.place(),
                  findings);
      if (its != null) {
        variants.add(its);
      }
    }
    if (!variants.isEmpty() && variants.size() < strategies.size()) {
      throw new NotCarriedOverException(
          "variants", "some strategies have variants and others none: here all have or none");
    }
    return variants;
  }

  /** By which attribute all is placed that is placed. */
  private void unit(FlagDefinition.Builder flag, List<UnleashVariants> variants) {
    Set<String> units = new LinkedHashSet<>();
    for (UnleashStrategy strategy : strategies) {
      if (strategy.isSplit()) {
        units.add(unit(strategy.stickiness(), strategy.place()));
      }
    }
    for (UnleashVariants each : variants) {
      if (each.isSplit()) {
        units.add(unit(each.stickiness(), "variants"));
      }
    }
    if (units.size() > 1) {
      throw new NotCarriedOverException(
          "strategies", "stickiness: several, " + units + ": here all of a flag goes by one");
    }
    if (units.isEmpty() || units.contains(UnleashStrategy.USER_ID)) {
      return;
    }
    String unit = units.iterator().next();
    for (int n = 0; n < strategies.size(); n++) {
      UnleashStrategy strategy = strategies.get(n);
      if (!needs(strategy, unit)) {
        throw new NotCarriedOverException(
            strategy.place(),
            "it takes those who have no " + Quoted.of(unit) + ", for whom such a flag is off here");
      }
      boolean asksForId =
          strategy.audience().asksForId()
              || (!variants.isEmpty()
                  && variants.get(n).picks().stream().anyMatch(o -> o.audience().asksForId()));
      if (asksForId) {
        throw new NotCarriedOverException(
            strategy.place(),
            "it asks for the user's id, and sticks to " + Quoted.of(unit) + ", the id here");
      }
    }
    flag.unit(unit);
  }

  private static String unit(String stickiness, String place) {
    if (stickiness.equals(UnleashStrategy.RANDOM)) {
      throw new NotCarriedOverException(place, "at random: who asks twice may get two answers");
    }
    if (stickiness.equals(Condition.ID)) {
      throw new NotCarriedOverException(place, "stickiness: a property \"id\"");
    }
    return stickiness.equals(UnleashStrategy.DEFAULT) ? UnleashStrategy.USER_ID : stickiness;
  }

  // Whether it takes only those who have that field.
  private static boolean needs(UnleashStrategy strategy, String unit) {
    return strategy.isSplit()
        || strategy.audience().when().contains(Condition.attribute(unit, Operator.EXISTS));
  }

  private void rules(FlagDefinition.Builder flag, List<UnleashVariants> variants) {
    String salt = salt(variants);
    Map<String, Integer> weights =
        variants.isEmpty() ? Map.of() : variants.get(strategies.size() - 1).weights();
    Set<String> allow = new LinkedHashSet<>();
    List<Rule> rules = new ArrayList<>();
    Percentage others = new Percentage(0);
    boolean splits = variants.stream().anyMatch(UnleashVariants::isSplit);
    for (int n = 0; n < strategies.size(); n++) {
      UnleashStrategy strategy = strategies.get(n);
      if (strategy.ids() != null && variants.isEmpty()) {
        strategy.ids().stream().filter(id -> !id.isEmpty()).forEach(allow::add);
        continue;
      }
      splits |= strategy.isSplit();
      List<Condition> when = strategy.audience().when();
      Percentage percentage =
          strategy.isSplit() ? Percentage.parse(Integer.toString(strategy.percent())) : null;
      boolean ownSalt = percentage != null && !strategy.groupId().equals(salt);
      String ruleSalt = ownSalt ? strategy.groupId() : null;
      Map<String, Integer> its = variants.isEmpty() ? Map.of() : variants.get(n).weights();
      if (!variants.isEmpty()) {
        rules.addAll(picked(variants.get(n), when, percentage, ruleSalt));
      }
      boolean usual = its.equals(weights);
      if (when.isEmpty() && percentage == null && usual) {
        others = null; // nobody is left for the strategies behind it
        break;
      }
      if (when.isEmpty() && !ownSalt && n == strategies.size() - 1) {
        others = percentage;
        break;
      }
      rules.add(
          new Rule(null, when, percentage, ruleSalt, usual ? Map.of() : its, percentage != null));
      if (when.isEmpty() && percentage == null) {
        break;
      }
    }
    if (others != null) {
      flag.percentage(others).allow(allow.toArray(String[]::new));
    }
    if (splits) {
      flag.bucketer(Unleash.NAME).salt(salt);
    }
    flag.rules(rules.toArray(Rule[]::new)).variants(all(variants, weights));
  }

  // The one that divides variants; if none does, that of the last percentage.
  private String salt(List<UnleashVariants> variants) {
    Set<String> salts =
        variants.stream()
            .filter(UnleashVariants::isSplit)
            .map(UnleashVariants::salt)
            .collect(Collectors.toSet());
    if (salts.size() > 1) {
      throw new NotCarriedOverException(
          "variants", "groupId: several, " + salts + ": here all variants are divided by one");
    }
    UnleashStrategy last = strategies.get(strategies.size() - 1);
    String salt =
        salts.isEmpty() ? last.isSplit() ? last.groupId() : name : salts.iterator().next();
    if (salt.isEmpty()) {
      throw new NotCarriedOverException(last.place(), "groupId: \"\" (expected: not empty)");
    }
    return salt;
  }

  private static List<Rule> picked(
      UnleashVariants variants,
      List<Condition> when,
      @Nullable Percentage percentage,
      @Nullable String salt) {
    List<Rule> rules = new ArrayList<>();
    for (UnleashVariants.Pick pick : variants.picks()) {
      if (!pick.audience().isNobody()) {
        List<Condition> both = new ArrayList<>(when);
        both.addAll(pick.audience().when());
        rules.add(
            new Rule(null, both, percentage, salt, Map.of(pick.variant(), 1), percentage != null));
      }
    }
    return rules;
  }

  private static Variant[] all(List<UnleashVariants> variants, Map<String, Integer> weights) {
    List<String> order =
        VariantOrder.of(variants.stream().map(UnleashVariants::names).distinct().toList());
    if (order == null) {
      throw new NotCarriedOverException(
          "variants", "two strategies have the same variants in different orders");
    }
    Map<String, FlagValue> values = new LinkedHashMap<>();
    for (UnleashVariants each : new HashSet<>(variants)) {
      each.values()
          .forEach((variant, value) -> {
            FlagValue before = values.put(variant, value);
            if (before != null && !before.equals(value)) {
              throw new NotCarriedOverException(
                  "variants", Quoted.of(variant) + " stands for two values");
            }
          });
    }
    return order.stream()
        .map(variant ->
            new Variant(
                variant,
                weights.getOrDefault(variant, 0),
                Objects.requireNonNull(values.get(variant))))
        .toArray(Variant[]::new);
  }
}
