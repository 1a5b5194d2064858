package dev.zdd.core.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a form as a browser sends them, in a body or in a query: {@code
 * application/x-www-form-urlencoded}, UTF-8. Strict, since what is changed by a form is to be what
 * was meant. Immutable.
 */
public final class FormFields {
  private static final String TYPE = "application/x-www-form-urlencoded";
  private static final int HEX = 16;

  private final Map<String, String> fields;

  private FormFields(Map<String, String> fields) {
    this.fields = fields;
  }

  /** Whether a {@code Content-Type} says that the body is one of these. */
  public static boolean isType(@Nullable String contentType) {
    if (contentType == null) {
      return false;
    }
    int end = contentType.indexOf(';');
    String type = end < 0 ? contentType : contentType.substring(0, end);
    return type.strip().toLowerCase(Locale.ROOT).equals(TYPE);
  }

  /**
   * Reads a body.
   *
   * @throws IllegalArgumentException if an escape is none, a byte is not ASCII, the text is not
   *     UTF-8, or a field stands twice
   */
  public static FormFields parse(byte[] body) {
    return parse(new String(body, ISO_8859_1)); // what is not ASCII is found below
  }

  /** Reads a body, or a query without its "?"; likewise. */
  public static FormFields parse(String encoded) {
    Map<String, String> fields = new HashMap<>();
    int from = 0;
    while (from < encoded.length()) {
      int end = encoded.indexOf('&', from);
      String part = encoded.substring(from, end < 0 ? encoded.length() : end);
      from += part.length() + 1;
      if (part.isEmpty()) {
        continue;
      }
      int equals = part.indexOf('=');
      String name = decode(equals < 0 ? part : part.substring(0, equals));
      String value = equals < 0 ? "" : decode(part.substring(equals + 1));
      if (fields.put(name, value) != null) {
        throw wrong(part, "each field once");
      }
    }
    return new FormFields(fields);
  }

  /** What the field says; null if it was not sent. */
  public @Nullable String get(String name) {
    return fields.get(name);
  }

  private static String decode(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes.write(escaped(text, i));
        i += 2;
      } else if (c > ' ' && c < 0x7f) {
        bytes.write(c == '+' ? ' ' : c);
      } else {
        throw wrong(text, "ASCII, and escapes for all else");
      }
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
    } catch (CharacterCodingException e) {
      throw wrong(text, "UTF-8");
    }
  }

  private static int escaped(String text, int at) {
    int high = at + 2 < text.length() ? Character.digit(text.charAt(at + 1), HEX) : -1;
    int low = high < 0 ? -1 : Character.digit(text.charAt(at + 2), HEX);
    if (low < 0) {
      throw wrong(text, "% followed by two hexadecimal digits");
    }
    return high * HEX + low;
  }

  private static IllegalArgumentException wrong(String text, String expected) {
    String shown = text.length() <= 60 ? text : text.substring(0, 60) + "…";
    String line = shown.replaceAll("\\p{Cc}", "?");
    return new IllegalArgumentException("form: \"" + line + "\" (expected: " + expected + ")");
  }
}
