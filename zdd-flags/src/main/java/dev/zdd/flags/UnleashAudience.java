package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whom the constraints of an Unleash strategy or segment are met by: conditions, a time, or nobody.
 * What a constraint means is taken from Unleash's engine, Yggdrasil. Filled in by one thread.
 */
final class UnleashAudience {
  private static final Set<String> FIELDS =
      Set.of("contextName", "operator", "values", "value", "inverted", "caseInsensitive");
  private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+(\\.\\d*)?([eE][+-]?\\d+)?");
  // As many digits as a double, which Unleash compares, is sure to keep.
  private static final int DIGITS = 15;
  private static final Pattern MOMENT =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?(Z|[+-]\\d\\d:\\d\\d)");

  private final List<Condition> when = new ArrayList<>();
  private boolean nobody;
  private boolean asksForId;
  private boolean ignoresCase;
  private @Nullable Instant from;
  private @Nullable Instant until;

  List<Condition> when() {
    return List.copyOf(when);
  }

  /** Whether nobody can meet it. */
  boolean isNobody() {
    return nobody || (from != null && until != null && !from.isBefore(until));
  }

  /** Whether it compares the id, which in Unleash is the user's whatever a rollout sticks to. */
  boolean asksForId() {
    return asksForId;
  }

  boolean ignoresCase() {
    return ignoresCase;
  }

  @Nullable Instant from() {
    return from;
  }

  @Nullable Instant until() {
    return until;
  }

  boolean hasTime() {
    return from != null || until != null;
  }

  void nobody() {
    nobody = true;
  }

  void segment(String name, UnleashAudience of) {
    when.add(Condition.segment(name));
    asksForId |= of.asksForId;
    ignoresCase |= of.ignoresCase;
  }

  void id(List<String> ids) {
    List<String> known = ids.stream().filter(id -> !id.isEmpty()).toList();
    nobody |= known.isEmpty();
    asksForId = true;
    if (!known.isEmpty()) {
      when.add(new Condition.OfAttribute(Condition.ID, Operator.IN, known, false, false));
    }
  }

  void exists(String attribute) {
    when.add(Condition.attribute(attribute, Operator.EXISTS));
  }

  /** Takes a constraint in. */
  void constraint(JsonTree tree, String place) {
    JsonTree.Members constraint = JsonTree.membersOf(tree, place);
    constraint.requireOnly(FIELDS, place);
    String context = required(constraint.text("contextName", place), place, "contextName");
    String operator = required(constraint.text("operator", place), place, "operator");
    boolean inverted = constraint.truth("inverted", false, place);
    boolean ignoreCase = constraint.truth("caseInsensitive", false, place);
    List<String> values = new ArrayList<>();
    for (JsonTree value : constraint.elements("values", place)) {
      values.add(JsonTree.textOf(value, place + ".values"));
    }
    if (context.equals("currentTime")) {
      time(operator, value(constraint, place), inverted, place);
      return;
    }
    switch (operator) {
      case "IN" -> texts(context, Operator.IN, values, false, inverted, place);
      case "NOT_IN" -> texts(context, Operator.IN, values, false, !inverted, place);
      case "STR_STARTS_WITH" ->
          texts(context, Operator.STARTS_WITH, values, ignoreCase, inverted, place);
      case "STR_ENDS_WITH" ->
          texts(context, Operator.ENDS_WITH, values, ignoreCase, inverted, place);
      case "STR_CONTAINS" -> texts(context, Operator.CONTAINS, values, ignoreCase, inverted, place);
      case "IN_CIDR" -> networks(context, values, inverted, place);
      case "REGEX" ->
          throw new NotCarriedOverException(
              place, "REGEX: regular expressions there and here are two languages");
      default -> ordered(context, operator, value(constraint, place), inverted, place);
    }
  }

  /** That an attribute is an address in one of the networks; those that are none do not count. */
  void networks(String context, List<String> values, boolean inverted, String place) {
    List<String> networks = new ArrayList<>();
    for (String value : values) {
      if (isNetwork(value)) {
        networks.add(value);
      } else if (value.matches(".*/.*[.:].*")) {
        throw new NotCarriedOverException(
            place, Quoted.of(value) + ": a network with a mask in place of a length");
      }
    }
    texts(context, Operator.CIDR, networks, false, inverted, place);
  }

  private void texts(
      String context,
      Operator operator,
      List<String> values,
      boolean ignoreCase,
      boolean not,
      String place) {
    ignoresCase |= ignoreCase;
    if (values.isEmpty()) {
      nobody |= !not; // like none of no values
    } else {
      when.add(
          new Condition.OfAttribute(attribute(context, place), operator, values, ignoreCase, not));
    }
  }

  private void ordered(String context, String name, String value, boolean not, String place) {
    if (name.startsWith("SEMVER_") && value.startsWith("v")) {
      nobody = true; // inverted too: Unleash takes such a version for a mistake
      return;
    }
    Operator operator =
        switch (name) {
          case "NUM_EQ" -> Operator.NUMBER_EQUALS;
          case "NUM_GT" -> Operator.NUMBER_ABOVE;
          case "NUM_GTE" -> Operator.NUMBER_AT_LEAST;
          case "NUM_LT" -> Operator.NUMBER_BELOW;
          case "NUM_LTE" -> Operator.NUMBER_AT_MOST;
          case "SEMVER_EQ" -> Operator.VERSION_EQUALS;
          case "SEMVER_GT" -> Operator.VERSION_ABOVE;
          case "SEMVER_GTE" -> Operator.VERSION_AT_LEAST;
          case "SEMVER_LT" -> Operator.VERSION_BELOW;
          case "SEMVER_LTE" -> Operator.VERSION_AT_MOST;
          case "DATE_AFTER" -> Operator.AFTER;
          case "DATE_BEFORE" -> Operator.BEFORE;
          default ->
              throw new NotCarriedOverException(
                  place, "operator " + Quoted.of(name) + " is not one of Unleash's that are known");
        };
    String trimmed = value.strip();
    boolean known =
        name.startsWith("NUM_")
            ? NUMBER.matcher(trimmed).matches() && digits(trimmed) <= DIGITS
            : name.startsWith("DATE_")
                ? MOMENT.matcher(trimmed).matches()
                : SemanticVersion.of(trimmed) != null;
    if (!known) {
      throw new NotCarriedOverException(
          place, name + " " + Quoted.of(value) + ": not a value that both read alike");
    }
    when.add(
        new Condition.OfAttribute(
            attribute(context, place), operator, List.of(trimmed), false, not));
  }

  private void time(String operator, String value, boolean inverted, String place) {
    boolean after = operator.equals("DATE_AFTER");
    Instant moment = MOMENT.matcher(value).matches() ? Moments.parse(value) : null;
    if (moment == null || !(after || operator.equals("DATE_BEFORE"))) {
      throw new NotCarriedOverException(
          place, "currentTime " + operator + " " + Quoted.of(value) + " is not a schedule");
    }
    // "From" includes its moment, and "after" does not: the next one is a nanosecond later.
    Instant edge = after ? moment.plusNanos(1) : moment;
    if (after != inverted) {
      from = from == null || from.isBefore(edge) ? edge : from;
    } else {
      until = until == null || until.isAfter(edge) ? edge : until;
    }
  }

  private String attribute(String context, String place) {
    if (context.equals("userId")) {
      asksForId = true;
      return Condition.ID;
    }
    if (context.equals(Condition.ID)) {
      throw new NotCarriedOverException(
          place, "a property \"id\": that is the user's id here, for one who has no such property");
    }
    return context;
  }

  private static int digits(String number) {
    return (int) number.chars().filter(Character::isDigit).count();
  }

  private static boolean isNetwork(String value) {
    try {
      Network.required(value);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String value(JsonTree.Members constraint, String place) {
    return required(constraint.text("value", place), place, "value");
  }

  private static String required(@Nullable String value, String place, String field) {
    if (value == null) {
      throw new NotCarriedOverException(place, field + " is missing");
    }
    return requireNonNull(value);
  }
}
