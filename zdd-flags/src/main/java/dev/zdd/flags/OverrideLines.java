package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads a file of overrides: {@code flag=answer} on a line each. */
final class OverrideLines {
  private OverrideLines() {}

  /**
   * Reads it whole.
   *
   * @param file names it: "file /etc/shop/overrides"
   * @throws FlagDocumentException if a line is wrong, naming it
   */
  static Map<String, FlagOverride> parse(byte[] content, String file) throws FlagDocumentException {
    Map<String, FlagOverride> overrides = new LinkedHashMap<>();
    int number = 0;
    for (String line : text(content).lines().map(String::strip).toList()) {
      number++;
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      if (equals < 0) {
        throw refused(number, Quoted.of(line) + " (expected: flag=on, flag=off or flag=variant)");
      }
      String flag = line.substring(0, equals).strip();
      String answer = line.substring(equals + 1).strip();
      FlagOverride override;
      try {
        override = new FlagOverride(flag, answer, file + ", line " + number);
      } catch (IllegalArgumentException e) {
        throw refused(number, String.valueOf(e.getMessage()));
      }
      if (overrides.put(flag, override) != null) {
        throw refused(number, Quoted.of(flag) + " stands twice (expected: once)");
      }
    }
    return overrides;
  }

  private static String text(byte[] content) throws FlagDocumentException {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new FlagDocumentException("not UTF-8 (expected: lines of text in UTF-8)");
    }
  }

  private static FlagDocumentException refused(int line, String what) {
    return new FlagDocumentException("line " + line + ": " + what);
  }
}
