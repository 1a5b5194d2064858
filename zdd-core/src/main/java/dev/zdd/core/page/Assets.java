package dev.zdd.core.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** What never changes: the stylesheet, the script, and the policy that allows these two alone. */
final class Assets {
  static final String STYLE = read("page.css");
  static final String SCRIPT = read("page.js");

  static final String POLICY =
      "default-src 'none'; style-src "
          + hash(STYLE)
          + "; script-src "
          + hash(SCRIPT)
          + "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  /** For a page without the script whose forms are sent to where it came from. */
  static final String FORM_POLICY =
      "default-src 'none'; style-src "
          + hash(STYLE)
          + "; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

  private Assets() {}

  /** A dot in the page's colour, so that it is seen among the tabs. */
  static String icon(Tone tone) {
    String colour =
        switch (tone) {
          case NEUTRAL -> "8b94a0";
          case GOOD -> "2e9e57";
          case WARNING -> "d9930d";
          case BAD -> "d3303b";
        };
    return "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
        + "%3Ccircle cx='8' cy='8' r='7' fill='%23"
        + colour
        + "'/%3E%3C/svg%3E";
  }

  private static String read(String name) {
    try (InputStream file = Assets.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException(name + " is missing beside " + Assets.class.getName());
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }
}
