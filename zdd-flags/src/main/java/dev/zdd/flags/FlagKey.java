package dev.zdd.flags;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * A flag's key as the code declares it, so that no two places spell it differently, and the code
 * says itself whose the flag is and when it is to be gone. An application's enum implements this,
 * or it keeps constants:
 *
 * <pre>{@code
 * static final FlagKey NEW_CHECKOUT =
 *     FlagKey.of("new-checkout", "team checkout", LocalDate.of(2027, 1, 31));
 *
 * Flag checkout = flags.flag(NEW_CHECKOUT); // once, in a field
 * }</pre>
 *
 * <p>Owner, expiry and type decide nothing; {@link StaleFlags} reports by them where the source's
 * definition says nothing itself. Immutable: it answers the same every time.
 */
public interface FlagKey {
  /** The key in the source: {@code "new-checkout"}. */
  String key();

  /** Whom to ask about it. Default: null, not known. */
  default @Nullable String owner() {
    return null;
  }

  /** The last day (UTC) on which the code may ask for it. Default: null, none. */
  default @Nullable LocalDate expires() {
    return null;
  }

  /** What it is for. Default: {@link FlagType#RELEASE}. */
  default FlagType type() {
    return FlagType.RELEASE;
  }

  /**
   * A release flag, which has to go.
   *
   * @throws IllegalArgumentException if {@code key} is none: 1 to 200 characters, no control
   *     characters, no space at either end
   */
  static FlagKey of(String key, String owner, LocalDate expires) {
    return new DeclaredFlagKey(key, owner, expires, FlagType.RELEASE);
  }

  /**
   * A flag of some type without an expiry: one that stays, or that the type gives its time.
   *
   * @throws IllegalArgumentException as {@link #of(String, String, LocalDate)}
   */
  static FlagKey of(String key, String owner, FlagType type) {
    return new DeclaredFlagKey(key, owner, null, type);
  }
}
