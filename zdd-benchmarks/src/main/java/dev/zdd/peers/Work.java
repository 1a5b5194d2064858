package dev.zdd.peers;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What every service in the comparison does, and how it is told which one it is. */
final class Work {
  /** 1 KiB of known text: a cut answer is seen as one. */
  static final String ANSWER = "zero downtime..\n".repeat(64);

  private static final String ORDERS = "{\"orders\":[]}\n";
  private static final String CHECKOUT = "{\"checkout\":\"old\"}\n";

  private Work() {}

  static byte[] answer(String path) {
    String text =
        switch (path) {
          case "/work" -> ANSWER;
          case "/orders" -> ORDERS;
          case "/checkout" -> CHECKOUT;
          default -> "";
        };
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** {@code 3000ms}, as the comparison writes a shortened delay. */
  static Duration millis(String text) {
    if (!text.endsWith("ms")) {
      throw new IllegalArgumentException("\"" + text + "\" (expected: such as 3000ms)");
    }
    return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
  }
}
