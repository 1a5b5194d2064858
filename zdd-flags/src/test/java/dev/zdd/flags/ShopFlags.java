package dev.zdd.flags;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** Flags as an application declares them. */
enum ShopFlags implements FlagKey {
  NEW_CHECKOUT("new-checkout", "team checkout", LocalDate.of(2027, 1, 31), FlagType.RELEASE),
  PAYMENTS("payments", "team payments", null, FlagType.KILL_SWITCH);

  private final String key;
  private final String owner;
  private final @Nullable LocalDate expires;
  private final FlagType type;

  ShopFlags(String key, String owner, @Nullable LocalDate expires, FlagType type) {
    this.key = key;
    this.owner = owner;
    this.expires = expires;
    this.type = type;
  }

  @Override
  public String key() {
    return key;
  }

  @Override
  public String owner() {
    return owner;
  }

  @Override
  public @Nullable LocalDate expires() {
    return expires;
  }

  @Override
  public FlagType type() {
    return type;
  }
}
