package dev.zdd.health;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which of several media types a request would rather have: RFC 9110, section 12.5.1. */
final class AcceptHeader {
  private static final int EXACT = 3;
  private static final int ANY_SUBTYPE = 2;
  private static final int ANY = 1;
  private static final int NONE = 0;

  private AcceptHeader() {}

  /**
   * The index of the type with the greatest weight; of equals the first, which is also the answer
   * where there is no header, or none of them is acceptable: a probe is answered anyhow.
   */
  static int preferred(@Nullable String header, List<String> types) {
    if (header == null || header.equals("*/*") || header.equals(types.get(0))) {
      return 0;
    }
    int best = 0;
    double most = 0;
    for (int i = 0; i < types.size(); i++) {
      double weight = weight(header, types.get(i));
      if (weight > most) {
        most = weight;
        best = i;
      }
    }
    return best;
  }

  // The most specific range that matches a type decides on its weight.
  private static double weight(String header, String type) {
    int specific = NONE;
    double weight = 0;
    for (String range : header.split(",", -1)) {
      String[] parts = range.split(";", -1);
      int match = match(parts[0].trim().toLowerCase(Locale.ROOT), type);
      if (match > specific) {
        specific = match;
        weight = quality(parts);
      }
    }
    return weight;
  }

  private static int match(String range, String type) {
    if (range.equals(type)) {
      return EXACT;
    }
    if (range.equals("*/*")) {
      return ANY;
    }
    boolean whole = range.endsWith("/*") && type.startsWith(range.substring(0, range.length() - 1));
    return whole ? ANY_SUBTYPE : NONE;
  }

  private static double quality(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String part = parts[i].trim().toLowerCase(Locale.ROOT);
      if (part.startsWith("q=")) {
        try {
          double quality = Double.parseDouble(part.substring(2));
          return quality >= 0 && quality <= 1 ? quality : 0;
        } catch (NumberFormatException e) {
          return 0; // Not a weight: the range is as good as not there.
        }
      }
    }
    return 1;
  }
}
