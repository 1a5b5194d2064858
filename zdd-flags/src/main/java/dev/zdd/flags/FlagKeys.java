package dev.zdd.flags;

/** What flags and segments may be called. */
final class FlagKeys {
  private static final int MAX_LENGTH = 200;

  private FlagKeys() {}

  /**
   * Refuses what is no name.
   *
   * @throws IllegalArgumentException naming {@code field}
   */
  static String require(String field, String key) {
    if (key.isEmpty()
        || key.length() > MAX_LENGTH
        || !key.equals(key.strip())
        || key.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          field
              + ": "
              + Quoted.of(key)
              + " (expected: 1 to "
              + MAX_LENGTH
              + " characters, no control characters, no space at either end)");
    }
    return key;
  }
}
