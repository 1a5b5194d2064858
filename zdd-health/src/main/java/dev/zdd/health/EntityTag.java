package dev.zdd.health;

/** The entity tag of a plain answer: its word. */
final class EntityTag {
  private EntityTag() {}

  static String of(String word) {
    return '"' + word.replace(' ', '-') + '"';
  }

  /** Whether {@code tag} is in {@code ifNoneMatch}, by the weak comparison (RFC 9110 13.1.2). */
  static boolean matches(String ifNoneMatch, String tag) {
    // Ours have no comma in them, so one that is in a stranger's tag does no harm.
    for (String each : ifNoneMatch.split(",", -1)) {
      String one = each.trim();
      if (one.equals("*") || (one.startsWith("W/") ? one.substring(2) : one).equals(tag)) {
        return true;
      }
    }
    return false;
  }
}
