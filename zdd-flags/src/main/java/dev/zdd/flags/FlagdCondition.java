package dev.zdd.flags;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whom a condition of flagd's targeting is met by. It is JSONLogic (jsonlogic.com) with operators
 * of flagd's own; that of it is taken over which compares one attribute with something fixed. Of
 * attributes that have the type of what they are compared with it means the same here: JSONLogic
 * also takes true for 1, and "" for 0.
 */
final class FlagdCondition {
  private static final String TARGETING_KEY = "targetingKey";
  private static final Set<String> YES_OR_NO =
      Set.of("==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "!", "!!");
  private static final Map<String, String> MIRRORED =
      Map.of("<", ">", "<=", ">=", ">", "<", ">=", "<=");

  private final Map<String, JsonTree> evaluators;
  private final Consumer<String> notes;
  private int depth;

  /**
   * With what {@code $ref} can name.
   *
   * @param notes is told what is to be known of a condition
   */
  FlagdCondition(Map<String, JsonTree> evaluators, Consumer<String> notes) {
    this.evaluators = evaluators;
    this.notes = notes;
  }

  /** The condition itself, or what it refers to. */
  JsonTree resolved(JsonTree tree) {
    JsonTree now = tree;
    for (int steps = 0; now instanceof JsonTree.Members members; steps++) {
      JsonTree ref = members.get("$ref");
      if (ref == null) {
        return now;
      }
      JsonTree named = evaluators.get(JsonTree.textOf(ref, "$ref"));
      if (named == null || members.byName().size() > 1 || steps > evaluators.size()) {
        throw refused(tree, "it refers to nothing");
      }
      now = named;
    }
    return now;
  }

  /** Whether it gives true or false whatever the attributes, never nothing. */
  boolean isYesOrNo(JsonTree tree) {
    JsonTree of = resolved(tree);
    if (!(of instanceof JsonTree.Members members) || members.byName().size() != 1) {
      return of instanceof JsonTree.Truth;
    }
    String operator = members.byName().keySet().iterator().next();
    return YES_OR_NO.contains(operator)
        || ((operator.equals("and") || operator.equals("or"))
            && arguments(members).stream().allMatch(this::isYesOrNo));
  }

  /** Whom it is met by. */
  AnyOf of(JsonTree tree) {
    if (++depth > 100) { // evaluators that refer to each other
      throw refused(tree, "it goes deeper than 100 levels");
    }
    try {
      return asked(resolved(tree));
    } finally {
      depth--;
    }
  }

  private AnyOf asked(JsonTree tree) {
    if (tree instanceof JsonTree.Truth truth) {
      return truth.value() ? AnyOf.EVERYBODY : AnyOf.NOBODY;
    }
    if (tree instanceof JsonTree.Nothing) {
      return AnyOf.NOBODY;
    }
    if (!(tree instanceof JsonTree.Members members) || members.byName().size() != 1) {
      throw refused(tree, "it is no condition");
    }
    String operator = members.byName().keySet().iterator().next();
    List<JsonTree> arguments = arguments(members);
    switch (operator) {
      case "and", "or" -> {
        boolean all = operator.equals("and");
        AnyOf together = all ? AnyOf.EVERYBODY : AnyOf.NOBODY;
        for (JsonTree argument : arguments) {
          AnyOf one = of(argument);
          together = all ? together.and(one) : together.or(one);
        }
        return arguments.isEmpty() ? AnyOf.NOBODY : together;
      }
      case "!" -> {
        return of(only(arguments, tree)).negated();
      }
      case "!!" -> {
        return of(only(arguments, tree));
      }
      default -> {
        return compared(operator, arguments, tree);
      }
    }
  }

  private AnyOf compared(String operator, List<JsonTree> arguments, JsonTree tree) {
    if (operator.equals("sem_ver")) {
      return version(arguments, tree);
    }
    if (arguments.size() != 2) {
      throw refused(tree, "it is not taken over");
    }
    String left = attribute(arguments.get(0));
    String right = attribute(arguments.get(1));
    if ((left == null) == (right == null)) {
      throw refused(tree, "it does not compare one attribute with something fixed");
    }
    String attribute = left == null ? String.valueOf(right) : left;
    JsonTree value = resolved(arguments.get(left == null ? 0 : 1));
    return switch (operator) {
      case "==", "===" -> equal(attribute, value, tree);
      case "!=", "!==" -> equal(attribute, value, tree).negated();
      case "in" -> left != null ? oneOf(attribute, value, tree) : contains(attribute, value, tree);
      case "<", "<=", ">", ">=" -> {
        String known = left != null ? operator : String.valueOf(MIRRORED.get(operator));
        yield ordered(attribute, known, value, tree);
      }
      case "starts_with", "ends_with" -> {
        if (left == null) {
          throw refused(tree, "it does not compare an attribute with something fixed");
        }
        Operator ours = operator.equals("starts_with") ? Operator.STARTS_WITH : Operator.ENDS_WITH;
        yield AnyOf.all(Condition.attribute(attribute, ours, text(value, tree)));
      }
      default -> throw refused(tree, "the operator is not taken over");
    };
  }

  private static AnyOf equal(String attribute, JsonTree value, JsonTree tree) {
    if (value instanceof JsonTree.Nothing) {
      return AnyOf.all(Condition.attribute(attribute, Operator.EXISTS).negated());
    }
    if (value instanceof JsonTree.Numeral numeral) {
      return AnyOf.all(
          Condition.attribute(attribute, Operator.NUMBER_EQUALS, number(numeral, tree)));
    }
    String text =
        value instanceof JsonTree.Truth truth ? Boolean.toString(truth.value()) : text(value, tree);
    return AnyOf.all(Condition.attribute(attribute, Operator.EQUALS, text));
  }

  private AnyOf contains(String attribute, JsonTree value, JsonTree tree) {
    notes.accept(
        "in: as part of the text "
            + Quoted.of(attribute)
            + "; of a list flagd asks whether it is a whole element");
    String text = text(value, tree);
    if (text.isEmpty()) {
      throw refused(tree, "every text has \"\" in it");
    }
    return AnyOf.all(Condition.attribute(attribute, Operator.CONTAINS, text));
  }

  private static AnyOf oneOf(String attribute, JsonTree value, JsonTree tree) {
    if (!(value instanceof JsonTree.Elements elements)) {
      throw refused(tree, "the attribute is looked for in a text");
    }
    if (elements.all().isEmpty()) {
      return AnyOf.NOBODY;
    }
    boolean numbers = elements.all().get(0) instanceof JsonTree.Numeral;
    List<String> values = new ArrayList<>();
    for (JsonTree each : elements.all()) {
      values.add(
          numbers && each instanceof JsonTree.Numeral numeral
              ? number(numeral, tree)
              : text(each, tree));
    }
    Operator operator = numbers ? Operator.NUMBER_EQUALS : Operator.IN;
    return AnyOf.all(new Condition.OfAttribute(attribute, operator, values, false, false));
  }

  private static AnyOf ordered(String attribute, String operator, JsonTree value, JsonTree tree) {
    if (!(value instanceof JsonTree.Numeral numeral)) {
      throw refused(tree, "it does not compare with a number");
    }
    String number = number(numeral, tree);
    Operator ours =
        switch (operator) {
          case "<" -> Operator.NUMBER_BELOW;
          case "<=" -> Operator.NUMBER_AT_MOST;
          case ">" -> Operator.NUMBER_ABOVE;
          default -> Operator.NUMBER_AT_LEAST;
        };
    AnyOf compared = AnyOf.all(Condition.attribute(attribute, ours, number));
    // JSONLogic takes an attribute that is not there for 0.
    return ours.test(List.of(number), false).test(0L)
        ? AnyOf.all(Condition.attribute(attribute, Operator.EXISTS).negated()).or(compared)
        : compared;
  }

  private AnyOf version(List<JsonTree> arguments, JsonTree tree) {
    String attribute = arguments.size() == 3 ? attribute(arguments.get(0)) : null;
    if (attribute == null) {
      throw refused(tree, "it does not compare an attribute with a version");
    }
    String operator = text(arguments.get(1), tree);
    String version = text(arguments.get(2), tree);
    if (SemanticVersion.of(version) == null) {
      throw refused(tree, "a version that is not complete, as 2.10.0");
    }
    notes.accept(
        "sem_ver: of " + Quoted.of(attribute) + " flagd also takes versions as v1.2.0 and 1.2");
    return switch (operator) {
      case "=" -> version(attribute, Operator.VERSION_EQUALS, version);
      case "!=" ->
          version(attribute, Operator.VERSION_BELOW, version)
              .or(version(attribute, Operator.VERSION_ABOVE, version));
      case "<" -> version(attribute, Operator.VERSION_BELOW, version);
      case "<=" -> version(attribute, Operator.VERSION_AT_MOST, version);
      case ">" -> version(attribute, Operator.VERSION_ABOVE, version);
      case ">=" -> version(attribute, Operator.VERSION_AT_LEAST, version);
      case "^", "~" -> range(attribute, operator.equals("^"), version);
      default -> throw refused(tree, "operator " + Quoted.of(operator) + " is not known");
    };
  }

  private static AnyOf version(String attribute, Operator operator, String version) {
    return AnyOf.all(Condition.attribute(attribute, operator, version));
  }

  // All of the same major (and minor) number, those that lead to its first release included: "-0"
  // is the first of them.
  private static AnyOf range(String attribute, boolean major, String version) {
    String[] parts = version.split("[.+-]", 4);
    java.math.BigInteger last = new java.math.BigInteger(parts[major ? 0 : 1]);
    String from = major ? parts[0] + ".0.0-0" : parts[0] + "." + parts[1] + ".0-0";
    String next = last.add(java.math.BigInteger.ONE).toString();
    String until = major ? next + ".0.0-0" : parts[0] + "." + next + ".0-0";
    return version(attribute, Operator.VERSION_AT_LEAST, from)
        .and(version(attribute, Operator.VERSION_BELOW, until));
  }

  /** The attribute that a {@code var} names; null if it is no {@code var}. */
  static @Nullable String attribute(JsonTree tree) {
    if (!(tree instanceof JsonTree.Members members) || !members.byName().containsKey("var")) {
      return null;
    }
    List<JsonTree> arguments = arguments(members);
    if (arguments.size() != 1 || !(arguments.get(0) instanceof JsonTree.Text text)) {
      throw refused(tree, "a var with a default, or without a name");
    }
    String name = text.text();
    if (name.isEmpty() || name.startsWith("$flagd.")) {
      throw refused(tree, "it asks for what is not an attribute");
    }
    if (name.equals(Condition.ID)) {
      throw refused(tree, "\"id\" is the targeting key here, for one who has no such attribute");
    }
    return name.equals(TARGETING_KEY) ? Condition.ID : name;
  }

  /** The arguments of the operator that is the only member. */
  static List<JsonTree> arguments(JsonTree.Members operation) {
    JsonTree given = operation.byName().values().iterator().next();
    return given instanceof JsonTree.Elements elements ? elements.all() : List.of(given);
  }

  private static JsonTree only(List<JsonTree> arguments, JsonTree tree) {
    if (arguments.size() != 1) {
      throw refused(tree, "it has not one argument");
    }
    return arguments.get(0);
  }

  private static String text(JsonTree value, JsonTree tree) {
    if (value instanceof JsonTree.Text text) {
      return text.text();
    }
    throw refused(tree, "it does not compare with a text");
  }

  private static String number(JsonTree.Numeral numeral, JsonTree tree) {
    if (numeral.digits().chars().filter(Character::isDigit).count() > 15) {
      throw refused(tree, "a number of more than 15 digits, which flagd would round");
    }
    return numeral.digits();
  }

  private static NotCarriedOverException refused(JsonTree tree, String why) {
    return new NotCarriedOverException("targeting: " + Quoted.of(tree.asJson()), why);
  }
}
