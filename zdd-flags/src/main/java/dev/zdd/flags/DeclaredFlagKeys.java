package dev.zdd.flags;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys that a class declares. */
final class DeclaredFlagKeys {
  private DeclaredFlagKeys() {}

  /**
   * An enum's constants, or a class's static fields that are keys.
   *
   * @throws IllegalArgumentException if it has none, or they cannot be read
   */
  static List<FlagKey> of(Class<?> type) {
    List<FlagKey> keys = new ArrayList<>();
    Object[] constants = type.getEnumConstants();
    if (constants != null && FlagKey.class.isAssignableFrom(type)) {
      Arrays.stream(constants).map(FlagKey.class::cast).forEach(keys::add);
    } else {
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())
            && FlagKey.class.isAssignableFrom(field.getType())) {
          keys.add(value(type, field));
        }
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          "keys: "
              + type.getName()
              + " (expected: an enum that is a FlagKey, or a class with static fields that are)");
    }
    return keys;
  }

  private static FlagKey value(Class<?> type, Field field) {
    @Nullable Object value;
    try {
      if (!field.trySetAccessible()) {
        throw new IllegalAccessException("its module has to open its package to dev.zdd.flags");
      }
      value = field.get(null);
    } catch (IllegalAccessException e) {
      throw unreadable(type, field, String.valueOf(e.getMessage()));
    }
    if (value == null) {
      throw unreadable(type, field, "it is null");
    }
    return (FlagKey) value;
  }

  private static IllegalArgumentException unreadable(Class<?> type, Field field, String why) {
    return new IllegalArgumentException(
        "keys: " + type.getName() + "." + field.getName() + ": " + why + " (expected: a FlagKey)");
  }
}
