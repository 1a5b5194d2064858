package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a flag says, whatever source it came from. Decided in this order: not {@code enabled}, off;
 * no id, off; on the {@code allow} list, on; a {@code percentage}, whatever the bucketing says;
 * else on.
 *
 * @param key names the flag: 1 to {@value #MAX_KEY_LENGTH} characters, no control characters, no
 *     space at either end
 * @param enabled false switches it off for everybody, the allow list included
 * @param allow ids for which it is on whatever the percentage
 * @param percentage for how many of the others it is on; null for all. A list of exceptions to
 *     "all" has no meaning, so a definition with an allow list must say its percentage
 * @param salt what the bucketing mixes into every id. The key, unless two flags are to take the
 *     same users, or a renamed flag is to keep its own. For another system's bucketing what that
 *     system mixes in, by the table in {@code docs/bucketing.md}
 * @param bucketer the bucketing that places ids: {@code zdd1}, or another system's, for a flag that
 *     came from there and whose users shall all stay on their sides: {@code flagd2}, {@code
 *     growthbook1}, {@code growthbook2}, {@code launchdarkly}, {@code optimizely}, {@code split},
 *     {@code unleash}. That system must be able to express the percentage and the salt
 * @param owner whom to ask about it
 * @param expires when it should have been removed from the code. Decides nothing
 */
public record FlagDefinition(
    String key,
    boolean enabled,
    Set<String> allow,
    @Nullable Percentage percentage,
    String salt,
    String bucketer,
    @Nullable String owner,
    @Nullable LocalDate expires) {

  private static final int MAX_KEY_LENGTH = 200;

  /** Copies the list; refuses what the parameters forbid. */
  public FlagDefinition {
    if (key.isEmpty()
        || key.length() > MAX_KEY_LENGTH
        || !key.equals(key.strip())
        || key.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "key: "
              + Quoted.of(key)
              + " (expected: 1 to "
              + MAX_KEY_LENGTH
              + " characters, no control characters, no space at either end)");
    }
    allow = Set.copyOf(allow);
    if (allow.contains("")) {
      throw new IllegalArgumentException("allow: \"\" (expected: not empty)");
    }
    if (!allow.isEmpty() && percentage == null) {
      throw new IllegalArgumentException(
          "percentage: missing beside allow (expected: how many of the others, \"0\" for none)");
    }
    if (salt.isEmpty()) {
      throw new IllegalArgumentException("salt: \"\" (expected: not empty)");
    }
    Bucketing bucketing = Bucketing.of(bucketer);
    if (percentage != null) {
      // Refuses a percentage or a salt that the bucketing cannot have.
      bucketing.rollout(salt, percentage);
    }
  }

  /** A definition to be filled in, off until it says otherwise. */
  public static Builder builder(String key) {
    return new Builder(key);
  }

  /** Whom the percentage takes; null if there is none. */
  @Nullable Division division() {
    return percentage == null ? null : Bucketing.of(bucketer).rollout(salt, percentage);
  }

  /** Fills in a definition. Not thread-safe. */
  public static final class Builder {
    private final String key;
    private boolean enabled;
    private Set<String> allow = Set.of();
    private @Nullable Percentage percentage;
    private String salt;
    private String bucketer = Zdd1.NAME;
    private @Nullable String owner;
    private @Nullable LocalDate expires;

    private Builder(String key) {
      this.key = requireNonNull(key, "key");
      this.salt = key;
    }

    /** Whether it is on for anybody at all. Default: false. */
    public Builder enabled(boolean enabled) {
      this.enabled = enabled;
      return this;
    }

    /** The ids for which it is on whatever the percentage. Default: none. */
    public Builder allow(String... ids) {
      // Not Set.of, which refuses an id that is given twice.
      this.allow = Set.copyOf(List.of(ids));
      return this;
    }

    /**
     * For how many of the others it is on, as "12.5". Default: all, and then there may be no allow
     * list.
     *
     * @throws IllegalArgumentException if {@link Percentage#parse} refuses it
     */
    public Builder percentage(String percentage) {
      this.percentage = Percentage.parse(percentage);
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
      return new FlagDefinition(key, enabled, allow, percentage, salt, bucketer, owner, expires);
    }
  }
}
