package dev.zdd.examples.demo;

import dev.zdd.examples.Durations;
import dev.zdd.examples.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * A service in a comparison, read from a file of its own: {@code name}, {@code run} (the command,
 * its words apart by spaces) and, where its documentation asks for a preStop hook, {@code preStop}:
 * how long it goes on serving before SIGTERM, and {@code withdraw}: a path to POST to as that time
 * begins, after which {@code /ready} says no.
 *
 * <p>The command may say {@code {java}} (this java, with a small heap), {@code {here}} (the file's
 * directory), {@code {port}}, {@code {version}} and {@code {scaled:15s}}: a documented delay, made
 * shorter by the factor that the comparison shortens all of them by.
 *
 * @param name a row's first cell
 * @param launch how it is started
 * @param preStop already shortened; zero for none
 * @param withdraw empty for none
 */
record Contender(String name, Launch launch, Duration preStop, String withdraw) {
  private static final Pattern SCALED = Pattern.compile("\\{scaled:(\\w+)}");

  static Contender read(Path file, double scale) {
    Properties settings = new Properties();
    try (BufferedReader text = Files.newBufferedReader(file)) {
      settings.load(text);
    } catch (IOException | IllegalArgumentException e) {
      throw new Refusal(file + ": cannot be read: " + e.getMessage(), e);
    }
    for (String key : settings.stringPropertyNames()) {
      if (!List.of("name", "run", "preStop", "withdraw").contains(key)) {
        throw new Refusal(file + ": " + key + " (expected: name, run, preStop or withdraw)");
      }
    }
    String preStop = settings.getProperty("preStop", "0s");
    return new Contender(
        required(settings, "name", file),
        new Launch(command(required(settings, "run", file), file, scale)),
        scaled(preStop, scale, file),
        settings.getProperty("withdraw", "").trim());
  }

  private static String required(Properties settings, String key, Path file) {
    String value = settings.getProperty(key, "").trim();
    if (value.isEmpty()) {
      throw new Refusal(file + ": no " + key);
    }
    return value;
  }

  private static List<String> command(String run, Path file, double scale) {
    String here = String.valueOf(file.toAbsolutePath().getParent());
    List<String> words = new ArrayList<>();
    for (String word : run.trim().split("\\s+", -1)) {
      if (word.equals("{java}")) {
        words.addAll(JavaCommand.java());
      } else {
        words.add(
            SCALED
                .matcher(word.replace("{here}", here))
                .replaceAll(match ->
                    Matcher.quoteReplacement(
                        scaled(match.group(1), scale, file).toMillis() + "ms")));
      }
    }
    return words;
  }

  private static Duration scaled(String documented, double scale, Path file) {
    try {
      return Duration.ofMillis(Math.round(Durations.parse(documented).toMillis() * scale));
    } catch (TypeConversionException e) {
      throw new Refusal(file + ": " + e.getMessage(), e);
    }
  }
}
