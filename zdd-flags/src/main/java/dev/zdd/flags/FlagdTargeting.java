package dev.zdd.flags;

import dev.zdd.flags.FlagdOutcome.Branch;
import dev.zdd.flags.FlagdOutcome.Named;
import dev.zdd.flags.FlagdOutcome.Share;
import dev.zdd.flags.FlagdOutcome.Shares;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a list of cases, of which the first that is met decides, of flagd's targeting. */
final class FlagdTargeting {
  private static final int MOST = 1_000;
  private static final String FLAG_KEY = "$flagd.flagKey";

  private final String flag;
  private final FlagdCondition conditions;

  FlagdTargeting(String flag, FlagdCondition conditions) {
    this.flag = flag;
    this.conditions = conditions;
  }

  /** The cases; the last is everybody else's. */
  List<Branch> branches(JsonTree tree) {
    return branches(tree, 0);
  }

  private List<Branch> branches(JsonTree given, int depth) {
    JsonTree tree = conditions.resolved(given);
    if (tree instanceof JsonTree.Nothing) {
      return otherwise(new FlagdOutcome.Default());
    }
    if (tree instanceof JsonTree.Text text) {
      return otherwise(new Named(text.text()));
    }
    if (tree instanceof JsonTree.Truth truth) {
      return otherwise(new Named(Boolean.toString(truth.value())));
    }
    if (!(tree instanceof JsonTree.Members members)
        || members.byName().size() != 1
        || depth > 100) {
      throw refused(tree, "it names no variant");
    }
    List<JsonTree> arguments = FlagdCondition.arguments(members);
    switch (members.byName().keySet().iterator().next()) {
      case "if", "?:" -> {
        return chain(arguments, depth);
      }
      case "fractional" -> {
        return otherwise(fractional(arguments, tree));
      }
      default -> {
        if (!conditions.isYesOrNo(tree)) {
          throw refused(tree, "it is not taken over, or gives nothing where an attribute is none");
        }
        List<Branch> branches = new ArrayList<>();
        add(branches, conditions.of(tree), otherwise(new Named("true")));
        branches.addAll(otherwise(new Named("false")));
        return reachable(branches);
      }
    }
  }

  private List<Branch> chain(List<JsonTree> arguments, int depth) {
    List<Branch> branches = new ArrayList<>();
    int n = 0;
    for (; n + 1 < arguments.size(); n += 2) {
      add(branches, conditions.of(arguments.get(n)), branches(arguments.get(n + 1), depth + 1));
    }
    branches.addAll(
        n < arguments.size()
            ? branches(arguments.get(n), depth + 1)
            : otherwise(new FlagdOutcome.Default()));
    return reachable(branches);
  }

  // A case within a case is met by who meets both.
  private static void add(List<Branch> branches, AnyOf who, List<Branch> inner) {
    for (List<Condition> alternative : who.alternatives()) {
      for (Branch branch : inner) {
        List<Condition> both = new ArrayList<>(alternative);
        branch.when().stream().filter(c -> !alternative.contains(c)).forEach(both::add);
        branches.add(new Branch(both, branch.outcome()));
      }
    }
    if (branches.size() > MOST) {
      throw new NotCarriedOverException("targeting", "it comes to more than " + MOST + " cases");
    }
  }

  private static List<Branch> reachable(List<Branch> branches) {
    int n = 0;
    while (!branches.get(n).when().isEmpty()) {
      n++;
    }
    return branches.subList(0, n + 1);
  }

  private static List<Branch> otherwise(FlagdOutcome outcome) {
    return List.of(new Branch(List.of(), outcome));
  }

  private FlagdOutcome fractional(List<JsonTree> arguments, JsonTree tree) {
    if (arguments.isEmpty()) {
      throw refused(tree, "it divides nothing");
    }
    boolean usual = arguments.get(0) instanceof JsonTree.Elements;
    String salt = flag;
    String unit = Condition.ID;
    if (!usual) {
      JsonTree by = conditions.resolved(arguments.get(0));
      String attribute = FlagdCondition.attribute(by);
      if (attribute != null) {
        salt = "";
        unit = attribute;
        if (!unit.equals(Condition.ID)) {
          throw refused(
              by, "who has no such attribute is placed by the targeting key there, and off here");
        }
      } else {
        List<JsonTree> parts = joined(by);
        if (parts.isEmpty()) {
          throw refused(by, "it is not divided by an attribute behind something fixed");
        }
        unit = String.valueOf(FlagdCondition.attribute(parts.get(parts.size() - 1)));
        salt = salt(parts.subList(0, parts.size() - 1), by);
      }
    }
    List<Share> shares = new ArrayList<>();
    long total = 0;
    for (JsonTree argument : arguments.subList(usual ? 0 : 1, arguments.size())) {
      Share share = share(argument, tree);
      total += share.weight();
      shares.add(share);
    }
    if (total > Integer.MAX_VALUE) {
      throw refused(tree, "the sum of its weights is over " + Integer.MAX_VALUE);
    }
    return total == 0 ? new FlagdOutcome.Default() : new Shares(salt, unit, shares);
  }

  // Of a cat that ends with an attribute; else none.
  private static List<JsonTree> joined(JsonTree by) {
    if (by instanceof JsonTree.Members members
        && members.byName().size() == 1
        && members.byName().containsKey("cat")) {
      List<JsonTree> parts = FlagdCondition.arguments(members);
      return !parts.isEmpty() && isVar(parts.get(parts.size() - 1)) != null ? parts : List.of();
    }
    return List.of();
  }

  private String salt(List<JsonTree> parts, JsonTree by) {
    StringBuilder salt = new StringBuilder();
    for (JsonTree part : parts) {
      if (part instanceof JsonTree.Text text) {
        salt.append(text.text());
      } else if (FLAG_KEY.equals(isVar(part))) {
        salt.append(flag);
      } else {
        throw refused(by, "what it puts before the last attribute is not fixed");
      }
    }
    return salt.toString();
  }

  private static @Nullable String isVar(JsonTree tree) {
    if (tree instanceof JsonTree.Members members && members.byName().containsKey("var")) {
      List<JsonTree> arguments = FlagdCondition.arguments(members);
      return arguments.size() == 1 && arguments.get(0) instanceof JsonTree.Text text
          ? text.text()
          : null;
    }
    return null;
  }

  private static Share share(JsonTree argument, JsonTree tree) {
    List<JsonTree> share =
        argument instanceof JsonTree.Elements elements ? elements.all() : List.of();
    String variant =
        share.isEmpty()
            ? null
            : share.get(0) instanceof JsonTree.Text text
                ? text.text()
                : share.get(0) instanceof JsonTree.Truth truth
                    ? Boolean.toString(truth.value())
                    : null;
    String weight =
        share.size() == 1
            ? "1"
            : share.size() == 2 && share.get(1) instanceof JsonTree.Numeral numeral
                ? numeral.digits()
                : "";
    if (variant == null || !weight.matches("-?\\d{1,9}")) {
      throw refused(tree, "its shares are not all a variant and a whole weight");
    }
    return new Share(variant, Math.max(0, Integer.parseInt(weight)));
  }

  private static NotCarriedOverException refused(JsonTree tree, String why) {
    return new NotCarriedOverException("targeting: " + Quoted.of(tree.asJson()), why);
  }
}
