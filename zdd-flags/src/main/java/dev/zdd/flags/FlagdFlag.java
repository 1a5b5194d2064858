package dev.zdd.flags;

import dev.zdd.flags.FlagdOutcome.Branch;
import dev.zdd.flags.FlagdOutcome.Named;
import dev.zdd.flags.FlagdOutcome.Share;
import dev.zdd.flags.FlagdOutcome.Shares;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a definition of one of flagd's flags. One whose variants are true and false becomes a flag
 * that is on or off; another one that is on and gives its variants. For one flag, by one thread.
 */
final class FlagdFlag {
  private static final Set<String> FIELDS =
      Set.of("key", "state", "variants", "defaultVariant", "targeting", "metadata");

  private final String name;
  private final JsonTree.Members flag;
  private final Map<String, JsonTree> variants;
  private final @Nullable String defaultVariant;
  private final List<Branch> branches;
  private final Set<String> notes;

  /**
   * Reads a flag.
   *
   * @param notes is told of what is to be known
   */
  FlagdFlag(
      String name, JsonTree.Members flag, Map<String, JsonTree> evaluators, Set<String> notes) {
    flag.requireOnly(FIELDS, "");
    this.name = name;
    this.flag = flag;
    this.notes = notes;
    JsonTree given = flag.get("variants");
    this.variants = given == null ? Map.of() : JsonTree.membersOf(given, "variants").byName();
    String usual = flag.text("defaultVariant", "");
    this.defaultVariant = usual == null || usual.isEmpty() ? null : usual;
    JsonTree targeting = flag.get("targeting");
    this.branches =
        targeting == null
                || (targeting instanceof JsonTree.Members members && members.byName().isEmpty())
            ? List.of(new Branch(List.of(), settled(new FlagdOutcome.Default())))
            : new FlagdTargeting(name, new FlagdCondition(evaluators, notes::add))
                .branches(targeting).stream()
                    .map(branch -> new Branch(branch.when(), settled(branch.outcome())))
                    .toList();
  }

  /** The definition. */
  FlagDefinition definition() {
    String state = flag.text("state", "");
    boolean enabled = "ENABLED".equals(state);
    if (!enabled && !"DISABLED".equals(state)) {
      throw new NotCarriedOverException(
          "state", Quoted.of(String.valueOf(state)) + " (expected: ENABLED or DISABLED)");
    }
    if (flag.get("metadata") != null) {
      notes.add("metadata has no place here");
    }
    if (variants.isEmpty()) {
      throw new NotCarriedOverException("variants", "there are none");
    }
    if (defaultVariant != null) {
      known(defaultVariant, "defaultVariant");
    }
    FlagDefinition.Builder builder = FlagDefinition.builder(name).enabled(enabled);
    unit(builder);
    if (variants.values().stream().allMatch(JsonTree.Truth.class::isInstance)) {
      if (!enabled) {
        throw new NotCarriedOverException(
            "state", "DISABLED answers the caller's default there, and off here; so does no flag");
      }
      onOrOff(builder);
    } else {
      values(builder);
    }
    return builder.build();
  }

  // A default is settled as the variant that it is; shares that are one variant's, as that.
  private FlagdOutcome settled(FlagdOutcome outcome) {
    if (outcome instanceof FlagdOutcome.Default) {
      return defaultVariant == null ? outcome : new Named(defaultVariant);
    }
    if (outcome instanceof Named named) {
      known(named.variant(), "targeting");
      return named;
    }
    Shares shares = (Shares) outcome;
    List<Share> some = shares.shares().stream().filter(share -> share.weight() > 0).toList();
    some.forEach(share -> known(share.variant(), "targeting"));
    boolean one = some.stream().map(Share::variant).distinct().count() == 1;
    return one && shares.unit().equals(Condition.ID)
        ? new Named(some.get(0).variant())
        : new Shares(shares.salt(), shares.unit(), some);
  }

  private void known(String variant, String place) {
    if (!variants.containsKey(variant)) {
      throw new NotCarriedOverException(
          place, Quoted.of(variant) + " is no variant of the flag: an error in flagd");
    }
  }

  private void unit(FlagDefinition.Builder builder) {
    Set<String> units = shares().stream().map(Shares::unit).collect(Collectors.toSet());
    if (units.isEmpty() || units.equals(Set.of(Condition.ID))) {
      return;
    }
    String unit = units.iterator().next();
    if (branches.size() > 1) {
      throw new NotCarriedOverException(
          "targeting",
          "fractional: by " + Quoted.of(unit) + ", which here would have to decide the rest too");
    }
    notes.add(
        "fractional: by "
            + Quoted.of(unit)
            + "; who has no such attribute is off here, and all get one variant there");
    builder.unit(unit);
  }

  private List<Shares> shares() {
    List<Shares> shares = new ArrayList<>();
    for (Branch branch : branches) {
      if (branch.outcome() instanceof Shares some) {
        shares.add(some);
      }
    }
    return shares;
  }

  // All but the last, and those before it that come to the same.
  private List<Branch> cases() {
    int n = branches.size() - 1;
    while (n > 0 && branches.get(n - 1).outcome().equals(last())) {
      n--;
    }
    return branches.subList(0, n);
  }

  private FlagdOutcome last() {
    return branches.get(branches.size() - 1).outcome();
  }

  private void onOrOff(FlagDefinition.Builder builder) {
    List<Shares> shares = shares();
    String salt = shares.isEmpty() ? name : shares.get(0).salt();
    if (!shares.isEmpty()) {
      builder.bucketer(Flagd2.NAME).salt(salt);
    }
    List<Rule> rules = new ArrayList<>();
    for (Branch branch : cases()) {
      boolean other = branch.outcome() instanceof Shares some && !some.salt().equals(salt);
      String own = other ? ((Shares) branch.outcome()).salt() : null;
      rules.add(new Rule(null, branch.when(), percentage(branch.outcome()), own, Map.of(), false));
    }
    builder.rules(rules.toArray(Rule[]::new));
    if (last() instanceof Shares some && !some.salt().equals(salt)) {
      throw new NotCarriedOverException(
          "targeting", "fractional: the last one divides by something else than another one");
    }
    Percentage percentage = percentage(last());
    if (percentage != null) {
      builder.percentage(percentage);
    }
  }

  /** Null for all. */
  private @Nullable Percentage percentage(FlagdOutcome outcome) {
    if (outcome instanceof FlagdOutcome.Default) {
      throw new NotCarriedOverException(
          "defaultVariant", "none: the caller's default there, and off here; so does no flag");
    }
    if (outcome instanceof Named named) {
      return isOn(named.variant()) ? null : new Percentage(0);
    }
    long on = 0;
    long total = 0;
    for (Share share : ((Shares) outcome).shares()) {
      if (isOn(share.variant())) {
        if (on < total) {
          throw new NotCarriedOverException(
              "targeting",
              "fractional: false stands before true; here those who are in come first");
        }
        on += share.weight();
      }
      total += share.weight();
    }
    if (on * Percentage.ALL_PPM % total != 0) {
      throw new NotCarriedOverException(
          "targeting", "fractional: " + on + " of " + total + " is between two percentages");
    }
    return new Percentage((int) (on * Percentage.ALL_PPM / total));
  }

  private boolean isOn(String variant) {
    return variants.get(variant) instanceof JsonTree.Truth truth && truth.value();
  }

  private void values(FlagDefinition.Builder builder) {
    List<Shares> shares = shares();
    Set<String> salts = shares.stream().map(Shares::salt).collect(Collectors.toSet());
    if (salts.size() > 1) {
      throw new NotCarriedOverException(
          "targeting", "fractional: several divide by different things, " + salts);
    }
    if (!shares.isEmpty()) {
      builder.bucketer(Flagd2.NAME).salt(shares.get(0).salt());
    }
    List<Rule> rules = new ArrayList<>();
    for (Branch branch : cases()) {
      boolean none = branch.outcome() instanceof FlagdOutcome.Default;
      rules.add(
          new Rule(
              null,
              branch.when(),
              none ? new Percentage(0) : null,
              null,
              none ? Map.of() : weights(branch.outcome()),
              false));
    }
    builder.rules(rules.toArray(Rule[]::new));
    boolean none = last() instanceof FlagdOutcome.Default;
    if (none) {
      builder.percentage(new Percentage(0)); // off: the caller's default
    }
    builder.variants(
        variants(shares, none ? Map.of(variants.keySet().iterator().next(), 1) : weights(last())));
  }

  private Variant[] variants(List<Shares> shares, Map<String, Integer> weights) {
    List<List<String>> orders = new ArrayList<>();
    shares.forEach(some -> orders.add(List.copyOf(weights(some).keySet())));
    List<String> order = VariantOrder.of(orders);
    if (order == null) {
      throw new NotCarriedOverException(
          "targeting", "fractional: two have the same variants in different orders");
    }
    variants.keySet().stream().filter(variant -> !order.contains(variant)).forEach(order::add);
    return order.stream()
        .map(variant ->
            new Variant(
                variant, weights.getOrDefault(variant, 0), value(variants.get(variant), variant)))
        .toArray(Variant[]::new);
  }

  private static Map<String, Integer> weights(FlagdOutcome outcome) {
    if (outcome instanceof Named named) {
      return Map.of(named.variant(), 1);
    }
    Map<String, Integer> weights = new LinkedHashMap<>();
    for (Share share : ((Shares) outcome).shares()) {
      if (weights.put(share.variant(), share.weight()) != null) {
        throw new NotCarriedOverException(
            "targeting", "fractional: " + Quoted.of(share.variant()) + " has two shares");
      }
    }
    return weights;
  }

  private static FlagValue value(@Nullable JsonTree value, String variant) {
    if (value instanceof JsonTree.Text text) {
      return new FlagValue.Text(text.text());
    }
    if (value instanceof JsonTree.Numeral numeral) {
      return new FlagValue.Numeric(new BigDecimal(numeral.digits()));
    }
    if (value instanceof JsonTree.Members || value instanceof JsonTree.Elements) {
      return new FlagValue.Json(value.asJson());
    }
    throw new NotCarriedOverException(
        "variants." + variant, "it is of another kind than the other variants, or nothing");
  }
}
