package dev.zdd.flags;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a condition compares an attribute with its values: it is met if it is for one of them.
 *
 * <p>Texts are compared code unit by code unit; numbers and booleans have the text that JSON gives
 * them. Numbers are compared as decimals of any size, never as doubles. Versions are those of
 * semver.org 2.0.0, compared by its precedence (section 11). Dates are ISO 8601: a moment with an
 * offset, or a day, which means its beginning in UTC.
 */
public enum Operator {
  /** There is such an attribute; takes no values. */
  EXISTS("exists"),
  /** The same text, for one value. */
  EQUALS("equals"),
  /** The same text. */
  IN("in"),
  /** Begins with it. */
  STARTS_WITH("startsWith"),
  /** Ends with it. */
  ENDS_WITH("endsWith"),
  /** Has it somewhere. */
  CONTAINS("contains"),
  /**
   * A regular expression of {@link Pattern} that is found somewhere in the text. If that takes too
   * many steps to tell, as some expressions do for unlucky texts and all do for very long ones, the
   * flag answers the caller's default with {@link Reason#ERROR}.
   */
  MATCHES("matches"),
  /** The same number. */
  NUMBER_EQUALS("number="),
  /** A smaller number. */
  NUMBER_BELOW("number<"),
  /** That number or a smaller one. */
  NUMBER_AT_MOST("number<="),
  /** A larger number. */
  NUMBER_ABOVE("number>"),
  /** That number or a larger one. */
  NUMBER_AT_LEAST("number>="),
  /** A version of the same precedence. */
  VERSION_EQUALS("version="),
  /** An earlier version. */
  VERSION_BELOW("version<"),
  /** That version or an earlier one. */
  VERSION_AT_MOST("version<="),
  /** A later version. */
  VERSION_ABOVE("version>"),
  /** That version or a later one. */
  VERSION_AT_LEAST("version>="),
  /** An earlier moment. */
  BEFORE("before"),
  /** A later moment. */
  AFTER("after"),
  /** An address in that network, in CIDR notation (RFC 4632, RFC 4291): 10.0.0.0/8, fd00::/8. */
  CIDR("cidr");

  private final String text;

  Operator(String text) {
    this.text = text;
  }

  /**
   * The one with that {@link #text()}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Operator of(String text) {
    for (Operator operator : values()) {
      if (operator.text.equals(text)) {
        return operator;
      }
    }
    String known = Arrays.stream(values()).map(Operator::text).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "operator: " + Quoted.of(text) + " (expected one of: " + known + ")");
  }

  /** As it stands in a document: "startsWith". */
  public String text() {
    return text;
  }

  boolean comparesTexts() {
    return switch (this) {
      case EQUALS, IN, STARTS_WITH, ENDS_WITH, CONTAINS, MATCHES -> true;
      default -> false;
    };
  }

  /**
   * The comparison with these values, made ready.
   *
   * @throws IllegalArgumentException if one of them is not what this operator compares with
   */
  Comparison test(List<String> values, boolean ignoreCase) {
    boolean none = this == EXISTS;
    if (none != values.isEmpty() || (this == EQUALS && values.size() != 1)) {
      throw new IllegalArgumentException(
          "values: "
              + values.size()
              + " of them (expected with operator \""
              + text
              + "\": "
              + (none ? "none" : this == EQUALS ? "one" : "at least one")
              + ")");
    }
    return switch (this) {
      case EXISTS -> attribute -> true;
      case EQUALS, IN -> equalTexts(values, ignoreCase);
      case STARTS_WITH -> texts(values, ignoreCase, String::startsWith);
      case ENDS_WITH -> texts(values, ignoreCase, String::endsWith);
      case CONTAINS -> texts(values, ignoreCase, String::contains);
      case MATCHES -> patterns(values, ignoreCase);
      case NUMBER_EQUALS -> numbers(values, sign -> sign == 0);
      case NUMBER_BELOW -> numbers(values, sign -> sign < 0);
      case NUMBER_AT_MOST -> numbers(values, sign -> sign <= 0);
      case NUMBER_ABOVE -> numbers(values, sign -> sign > 0);
      case NUMBER_AT_LEAST -> numbers(values, sign -> sign >= 0);
      case VERSION_EQUALS -> versions(values, sign -> sign == 0);
      case VERSION_BELOW -> versions(values, sign -> sign < 0);
      case VERSION_AT_MOST -> versions(values, sign -> sign <= 0);
      case VERSION_ABOVE -> versions(values, sign -> sign > 0);
      case VERSION_AT_LEAST -> versions(values, sign -> sign >= 0);
      case BEFORE -> moments(values, sign -> sign < 0);
      case AFTER -> moments(values, sign -> sign > 0);
      case CIDR -> networks(values);
    };
  }

  private static Comparison equalTexts(List<String> values, boolean ignoreCase) {
    Set<String> known =
        values.stream().map(value -> folded(value, ignoreCase)).collect(Collectors.toSet());
    return Comparison.ofTexts(text -> known.contains(folded(text, ignoreCase)));
  }

  private static Comparison texts(
      List<String> values, boolean ignoreCase, BiPredicate<String, String> like) {
    List<String> known = values.stream().map(value -> folded(value, ignoreCase)).toList();
    return Comparison.ofTexts(text -> {
      String folded = folded(text, ignoreCase);
      return any(known, value -> like.test(folded, value));
    });
  }

  private static Comparison patterns(List<String> values, boolean ignoreCase) {
    List<Pattern> patterns =
        values.stream().map(value -> Expression.required(value, ignoreCase)).toList();
    return Comparison.ofTexts(text -> any(patterns, pattern -> StepBound.find(pattern, text)));
  }

  private static Comparison numbers(List<String> values, IntPredicate like) {
    List<BigDecimal> numbers = values.stream().map(Decimals::required).toList();
    return attribute -> {
      BigDecimal number = Decimals.of(attribute);
      return number != null && any(numbers, value -> like.test(number.compareTo(value)));
    };
  }

  private static Comparison versions(List<String> values, IntPredicate like) {
    List<SemanticVersion> versions = values.stream().map(SemanticVersion::required).toList();
    return Comparison.ofTexts(text -> {
      SemanticVersion version = SemanticVersion.of(text);
      return version != null && any(versions, value -> like.test(version.compareTo(value)));
    });
  }

  private static Comparison moments(List<String> values, IntPredicate like) {
    List<Instant> moments = values.stream().map(Moments::required).toList();
    return attribute -> {
      Instant moment = Moments.of(attribute);
      return moment != null && any(moments, value -> like.test(moment.compareTo(value)));
    };
  }

  private static Comparison networks(List<String> values) {
    List<Network> networks = values.stream().map(Network::required).toList();
    return Comparison.ofTexts(text -> {
      byte[] address = Network.address(text);
      return address != null && any(networks, network -> network.has(address));
    });
  }

  private static <T> boolean any(List<T> values, Predicate<T> test) {
    for (T value : values) {
      if (test.test(value)) {
        return true;
      }
    }
    return false;
  }

  // Twice, as String.equalsIgnoreCase does for each character: some letters have two small forms.
  private static String folded(String text, boolean ignoreCase) {
    return ignoreCase ? text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT) : text;
  }
}
