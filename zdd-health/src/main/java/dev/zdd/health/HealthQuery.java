package dev.zdd.health;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is understood of a query; everything else in it is ignored.
 *
 * @param verbose whether the checks are asked for
 * @param excluded the checks that are left out
 */
record HealthQuery(boolean verbose, Set<String> excluded) {
  private static final HealthQuery NONE = new HealthQuery(false, Set.of());

  static HealthQuery of(@Nullable String raw) {
    if (raw == null || raw.isEmpty()) {
      return NONE;
    }
    boolean verbose = false;
    Set<String> excluded = new HashSet<>();
    int start = 0;
    while (start <= raw.length()) {
      int end = raw.indexOf('&', start);
      end = end < 0 ? raw.length() : end;
      String pair = raw.substring(start, end);
      if (pair.equals("verbose") || pair.startsWith("verbose=")) {
        verbose = true;
      } else if (pair.startsWith("exclude=")) {
        excluded.add(decoded(pair.substring("exclude=".length())));
      }
      start = end + 1;
    }
    return new HealthQuery(verbose, excluded);
  }

  private static String decoded(String value) {
    try {
      return URLDecoder.decode(value, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return value; // A malformed escape: no check has such a name, so nothing is left out.
    }
  }
}
