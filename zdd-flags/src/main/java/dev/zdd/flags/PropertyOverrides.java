package dev.zdd.flags;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Overrides of the system properties at the time of the start. */
final class PropertyOverrides extends FlagOverrides {
  @Override
  void start(Consumer<Map<String, FlagOverride>> consumer) {
    Map<String, FlagOverride> overrides = new TreeMap<>();
    for (String name : System.getProperties().stringPropertyNames()) {
      String answer = System.getProperty(name);
      if (name.startsWith(PROPERTY_PREFIX) && answer != null) {
        String flag = name.substring(PROPERTY_PREFIX.length());
        overrides.put(flag, override(flag, answer.strip(), "system property " + name));
      }
    }
    consumer.accept(overrides);
  }

  @Override
  @Nullable String problem() {
    return null;
  }

  @Override
  void close() {}

  private static FlagOverride override(String flag, String answer, String by) {
    try {
      return new FlagOverride(flag, answer, by);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(Quoted.line(by) + ": " + e.getMessage(), e);
    }
  }
}
