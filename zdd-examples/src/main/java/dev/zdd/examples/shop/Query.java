package dev.zdd.examples.shop;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one parameter out of a query string. */
final class Query {
  private Query() {}

  /**
   * The first value of {@code name}, decoded; null if it is not there.
   *
   * @throws IllegalArgumentException if its percent signs are not followed by two digits
   */
  static @Nullable String first(@Nullable String query, String name) {
    if (query == null) {
      return null;
    }
    for (String pair : query.split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
      }
    }
    return null;
  }
}
