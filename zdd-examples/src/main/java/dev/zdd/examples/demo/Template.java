package dev.zdd.examples.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A configuration file with {@code @NAME@} where the demo puts its ports and paths. Not dollars and
 * braces: nginx has variables of its own.
 */
final class Template {
  private static final Pattern PLACE = Pattern.compile("@([A-Z_]+)@");

  private Template() {}

  static String fill(String resource, Map<String, String> values) {
    return substitute(resource, read(resource), values);
  }

  static String substitute(String name, String text, Map<String, String> values) {
    return PLACE
        .matcher(text)
        .replaceAll(place -> {
          String value = values.get(place.group(1));
          if (value == null) {
            throw new IllegalArgumentException(
                name + ": " + place.group() + " (expected: one of " + values.keySet() + ")");
          }
          return Matcher.quoteReplacement(value);
        });
  }

  private static String read(String resource) {
    try (InputStream in = Template.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException(resource + " is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }
}
