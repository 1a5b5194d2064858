package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one flag is to answer here, whatever the source says of it.
 *
 * @param flag its key, as a definition's
 * @param answer {@code on} and {@code off}, for everybody and without an id too; anything else is
 *     the name of a variant, which everybody gets. A flag that is {@code on} divides its variants
 *     as its definition says
 * @param by where that was said: "file /etc/shop/overrides, line 3"
 */
public record FlagOverride(String flag, String answer, String by) {
  private static final String ON = "on";
  private static final String OFF = "off";
  private static final int LONGEST = 100; // a variant's name

  /** Refuses what the parameters forbid. */
  public FlagOverride {
    FlagKeys.require("key", flag);
    requireNonNull(by, "by");
    if (answer.isEmpty()
        || answer.length() > LONGEST
        || answer.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          Quoted.of(flag) + ": " + Quoted.of(answer) + " (expected: on, off or a variant's name)");
    }
  }

  /**
   * How each decision ends by it.
   *
   * @param definition what the source says of the flag; null if nothing
   * @return null if it is a variant's name, and the flag has no such variant
   */
  @Nullable Ending ending(@Nullable FlagDefinition definition) {
    String why = "the flag is overridden: " + answer + ", by " + by;
    if (answer.equals(OFF)) {
      return Ending.off(Reason.STATIC, why);
    }
    List<Variant> variants = variants(definition);
    if (answer.equals(ON)) {
      return Ending.on(
          Reason.STATIC,
          why,
          definition == null || variants.isEmpty()
              ? null
              : VariantChoice.of(Bucketing.of(definition.bucketer()), definition.salt(), variants));
    }
    for (Variant variant : variants) {
      if (variant.name().equals(answer)) {
        return Ending.on(Reason.STATIC, why, VariantChoice.only(variant));
      }
    }
    return null;
  }

  /** Why there is no ending by it. */
  String misfit(@Nullable FlagDefinition definition) {
    String names =
        variants(definition).stream()
            .map(variant -> ", " + Quoted.of(variant.name()))
            .collect(Collectors.joining());
    return by
        + ": "
        + Quoted.of(flag)
        + ": "
        + Quoted.of(answer)
        + " (expected: on, off"
        + (names.isEmpty() ? "; the flag has no variants" : names)
        + ")";
  }

  private static List<Variant> variants(@Nullable FlagDefinition definition) {
    return definition == null ? List.of() : definition.variants();
  }
}
