package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a flag says, whatever source it came from. Decided in this order: not {@code enabled}, off;
 * outside {@code from} and {@code until}, off; no id, off; on the {@code deny} list, off; a flag
 * that it {@code requires} answers otherwise, off; on the {@code allow} list, on; the first of the
 * {@code rules} whose conditions are met; a {@code percentage}, whatever the bucketing says; else
 * on. Whoever it is on for gets one of the {@code variants}, if there are any.
 *
 * @param key names the flag: 1 to 200 characters, no control characters, no space at either end
 * @param type what it is for
 * @param enabled false switches it off for everybody, the allow list included
 * @param from when it begins to be on; null for always
 * @param until when it is off again; null for never
 * @param deny ids for which it is off
 * @param allow ids for which it is on whatever rules and percentage say
 * @param requires what other flags have to answer
 * @param rules for those who meet conditions; the first that is met decides
 * @param percentage for how many of the others it is on; null for all. A list of exceptions to
 *     "all" has no meaning, so a definition with an allow list must say its percentage
 * @param variants what it answers those for whom it is on, beside that; empty for nothing beside
 * @param unit the attribute that takes the id's place, where a context with attributes is asked
 *     for: "tenant", say; null for the id itself
 * @param salt what the bucketing mixes into every id. The key, unless two flags are to take the
 *     same users, or a renamed flag is to keep its own. For another system's bucketing what that
 *     system mixes in, by the table in {@code docs/bucketing.md}; empty for {@code flagd2} only
 * @param bucketer the bucketing that places ids: {@code zdd1}, or another system's, for a flag that
 *     came from there and whose users shall all stay on their sides: {@code flagd2}, {@code
 *     growthbook1}, {@code growthbook2}, {@code launchdarkly}, {@code optimizely}, {@code split},
 *     {@code unleash}. That system must be able to express the percentages, weights and salts
 * @param owner whom to ask about it
 * @param created when it was defined first
 * @param expires when it should have been removed from the code. Decides nothing
 */
public record FlagDefinition(
    String key,
    FlagType type,
    boolean enabled,
    @Nullable Instant from,
    @Nullable Instant until,
    Set<String> deny,
    Set<String> allow,
    List<Requirement> requires,
    List<Rule> rules,
    @Nullable Percentage percentage,
    List<Variant> variants,
    @Nullable String unit,
    String salt,
    String bucketer,
    @Nullable String owner,
    @Nullable LocalDate created,
    @Nullable LocalDate expires) {

  /** Copies the lists; refuses what the parameters forbid. */
  public FlagDefinition {
    FlagKeys.require("key", key);
    requireNonNull(type, "type");
    if (from != null && until != null && !from.isBefore(until)) {
      throw new IllegalArgumentException(
          "until: " + until + " (expected: after from, " + from + ")");
    }
    deny = ids("deny", deny);
    allow = ids("allow", allow);
    for (String id : deny) {
      if (allow.contains(id)) {
        throw new IllegalArgumentException(
            "deny: " + Quoted.of(id) + " (expected: not on the allow list too)");
      }
    }
    if (!allow.isEmpty() && percentage == null && rules.isEmpty()) {
      throw new IllegalArgumentException(
          "percentage: missing beside allow (expected: how many of the others, \"0\" for none)");
    }
    requires = List.copyOf(requires);
    rules = List.copyOf(rules);
    variants = List.copyOf(variants);
    requireAlike(variants);
    if (unit != null && unit.isEmpty()) {
      throw new IllegalArgumentException("unit: \"\" (expected: an attribute's name)");
    }
    // What flagd mixes in can be nothing.
    if (salt.isEmpty() && !bucketer.equals(Flagd2.NAME)) {
      throw new IllegalArgumentException("salt: \"\" (expected: not empty)");
    }
    Bucketing bucketing = Bucketing.of(bucketer);
    // Each refuses what the bucketing cannot have.
    if (percentage != null) {
      bucketing.rollout(salt, percentage);
    }
    if (variants.stream().anyMatch(variant -> variant.weight() > 0)) {
      VariantChoice.of(bucketing, salt, variants);
    } else if (!variants.isEmpty()) {
      throw new IllegalArgumentException("variants: all weights are 0 (expected: one that is not)");
    }
    for (Rule rule : rules) {
      if (rule.percentage() != null) {
        bucketing.rollout(rule.salt() == null ? salt : rule.salt(), rule.percentage());
      }
      VariantChoice.ofRule(bucketing, salt, variants, rule);
    }
  }

  /** A definition to be filled in, off until it says otherwise. */
  public static Builder builder(String key) {
    return new Builder(key);
  }

  /** This definition, to be changed. */
  public Builder toBuilder() {
    Builder builder = new Builder(key);
    builder.type = type;
    builder.enabled = enabled;
    builder.from = from;
    builder.until = until;
    builder.deny = deny;
    builder.allow = allow;
    builder.requires = requires;
    builder.rules = rules;
    builder.percentage = percentage;
    builder.variants = variants;
    builder.unit = unit;
    builder.salt = salt;
    builder.bucketer = bucketer;
    builder.owner = owner;
    builder.created = created;
    builder.expires = expires;
    return builder;
  }

  private static Set<String> ids(String field, Set<String> ids) {
    if (ids.contains("")) {
      throw new IllegalArgumentException(field + ": \"\" (expected: not empty)");
    }
    return Set.copyOf(ids);
  }

  private static void requireAlike(List<Variant> variants) {
    Set<String> names = new HashSet<>();
    for (Variant variant : variants) {
      if (!names.add(variant.name())) {
        throw new IllegalArgumentException(
            "variants: " + Quoted.of(variant.name()) + " stands twice (expected: once)");
      }
    }
    Set<String> kinds =
        variants.stream().map(variant -> variant.value().kind()).collect(Collectors.toSet());
    if (kinds.size() > 1) {
      throw new IllegalArgumentException(
          "variants: values of several kinds, "
              + kinds.stream().sorted().collect(Collectors.joining(", "))
              + " (expected: one kind)");
    }
  }

  /** Fills in a definition. Not thread-safe. */
  public static final class Builder {
    private final String key;
    private FlagType type = FlagType.RELEASE;
    private boolean enabled;
    private @Nullable Instant from;
    private @Nullable Instant until;
    private Set<String> deny = Set.of();
    private Set<String> allow = Set.of();
    private List<Requirement> requires = List.of();
    private List<Rule> rules = List.of();
    private @Nullable Percentage percentage;
    private List<Variant> variants = List.of();
    private @Nullable String unit;
    private String salt;
    private String bucketer = Zdd1.NAME;
    private @Nullable String owner;
    private @Nullable LocalDate created;
    private @Nullable LocalDate expires;

    private Builder(String key) {
      this.key = requireNonNull(key, "key");
      this.salt = key;
    }

    /** What it is for. Default: {@link FlagType#RELEASE}. */
    public Builder type(FlagType type) {
      this.type = requireNonNull(type, "type");
      return this;
    }

    /** Whether it is on for anybody at all. Default: false. */
    public Builder enabled(boolean enabled) {
      this.enabled = enabled;
      return this;
    }

    /** When it begins to be on. Default: always. */
    public Builder from(Instant from) {
      this.from = requireNonNull(from, "from");
      return this;
    }

    /** When it is off again. Default: never. */
    public Builder until(Instant until) {
      this.until = requireNonNull(until, "until");
      return this;
    }

    /** The ids for which it is off. Default: none. */
    public Builder deny(String... ids) {
      this.deny = Set.copyOf(List.of(ids));
      return this;
    }

    /** The ids for which it is on whatever rules and percentage say. Default: none. */
    public Builder allow(String... ids) {
      // Not Set.of, which refuses an id that is given twice.
      this.allow = Set.copyOf(List.of(ids));
      return this;
    }

    /** What other flags have to answer. Default: nothing. */
    public Builder requires(Requirement... requires) {
      this.requires = List.of(requires);
      return this;
    }

    /** Rules, in the order in which they are looked at. Default: none. */
    public Builder rules(Rule... rules) {
      this.rules = List.of(rules);
      return this;
    }

    /**
     * For how many of the others it is on, as "12.5". Default: all, and then there may be no allow
     * list.
     *
     * @throws IllegalArgumentException if {@link Percentage#parse} refuses it
     */
    public Builder percentage(String percentage) {
      return percentage(Percentage.parse(percentage));
    }

    /** For how many of the others it is on. */
    public Builder percentage(Percentage percentage) {
      this.percentage = requireNonNull(percentage, "percentage");
      return this;
    }

    /** What it answers beside "on", in the order by which ids are divided. Default: nothing. */
    public Builder variants(Variant... variants) {
      this.variants = List.of(variants);
      return this;
    }

    /** The attribute that takes the id's place. Default: the id itself. */
    public Builder unit(String attribute) {
      this.unit = requireNonNull(attribute, "unit");
      return this;
    }

    /** What the bucketing mixes into every id. Default: the key. */
    public Builder salt(String salt) {
      this.salt = requireNonNull(salt, "salt");
      return this;
    }

    /**
     * The bucketing that places ids. Default: {@value Zdd1#NAME}.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public Builder bucketer(String bucketer) {
      Bucketing.of(bucketer);
      this.bucketer = bucketer;
      return this;
    }

    /** Whom to ask about it. Default: nobody. */
    public Builder owner(String owner) {
      this.owner = requireNonNull(owner, "owner");
      return this;
    }

    /** When it was defined first. Default: not known. */
    public Builder created(LocalDate created) {
      this.created = requireNonNull(created, "created");
      return this;
    }

    /** When it should have been removed from the code. Default: never. */
    public Builder expires(LocalDate expires) {
      this.expires = requireNonNull(expires, "expires");
      return this;
    }

    /**
     * The definition.
     *
     * @throws IllegalArgumentException naming what is wrong, its value and what was expected
     */
    public FlagDefinition build() {
      return new FlagDefinition(
          key,
          type,
          enabled,
          from,
          until,
          deny,
          allow,
          requires,
          rules,
          percentage,
          variants,
          unit,
          salt,
          bucketer,
          owner,
          created,
          expires);
    }
  }
}
