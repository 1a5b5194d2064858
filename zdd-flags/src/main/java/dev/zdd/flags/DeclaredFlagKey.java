package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** A constant that is a key. */
record DeclaredFlagKey(String key, String owner, @Nullable LocalDate expires, FlagType type)
    implements FlagKey {
  DeclaredFlagKey {
    FlagKeys.require("key", key);
    requireNonNull(owner, "owner");
    requireNonNull(type, "type");
  }
}
