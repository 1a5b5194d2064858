package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the load consists of: how the requests are shared out among the kinds, and how many
 * WebSockets are open beside them.
 *
 * @param shares weight of each kind of request; only their proportion counts
 * @param sessions how many WebSockets each send ten messages a second
 */
record Mix(Map<Kind, Integer> shares, int sessions) {
  static final String DEFAULT = "get=60,post=36,slow=2,stream=2,ws=10";

  private static final int MOST_SESSIONS = 200;
  private static final int HIGHEST_SHARE = 1000;
  private static final String EXPECTED =
      "(expected: such as " + DEFAULT + "; a share is 0 to 1000, ws is 0 to " + MOST_SESSIONS + ")";

  Mix {
    shares = Map.copyOf(shares);
  }

  static Mix parse(String text) {
    Map<Kind, Integer> shares = new EnumMap<>(Kind.class);
    int sessions = 0;
    for (String part : text.split(",", -1)) {
      String[] pair = part.trim().split("=", -1);
      int value = pair.length == 2 ? number(pair[1]) : -1;
      if (pair[0].equals("ws") && value >= 0 && value <= MOST_SESSIONS) {
        sessions = value;
      } else if (value >= 0 && value <= HIGHEST_SHARE) {
        shares.put(kind(pair[0], text), value);
      } else {
        throw new Refusal("--mix: " + text + " " + EXPECTED);
      }
    }
    if (shares.values().stream().mapToInt(share -> share).sum() == 0) {
      throw new Refusal("--mix: " + text + " sends no request " + EXPECTED);
    }
    return new Mix(shares, sessions);
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static Kind kind(String name, String text) {
    return switch (name) {
      case "get" -> Kind.GET;
      case "post" -> Kind.POST;
      case "slow" -> Kind.SLOW;
      case "stream" -> Kind.STREAM;
      default -> throw new Refusal("--mix: " + text + " " + EXPECTED);
    };
  }

  Mix withoutWebSockets() {
    return new Mix(shares, 0);
  }

  /** The kind at {@code point} of the line from 0 to 1 along which the shares are laid out. */
  Kind at(double point) {
    int whole = shares.values().stream().mapToInt(share -> share).sum();
    double end = 0;
    Kind last = Kind.GET;
    for (Kind kind : Kind.values()) {
      int share = shares.getOrDefault(kind, 0);
      end += (double) share / whole;
      if (share > 0) {
        last = kind;
        if (point < end) {
          return kind;
        }
      }
    }
    return last;
  }

  @Override
  public String toString() {
    String requests =
        java.util.Arrays.stream(Kind.values())
            .filter(kind -> shares.getOrDefault(kind, 0) > 0)
            .map(kind -> kind.label() + "=" + shares.get(kind))
            .collect(Collectors.joining(","));
    return String.format(Locale.ROOT, "%s,ws=%d", requests, sessions);
  }
}
