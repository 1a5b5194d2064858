package dev.zdd.flags;

import java.nio.file.Path;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of the check.
 *
 * @param staleFlags what they ask for
 * @param json where to write the report as JSON; null for nowhere
 */
record StaleFlagsArguments(StaleFlags staleFlags, @Nullable Path json) {
  static final String USAGE =
      """
      arguments: <document> [option value]…
        --keys class,…     classes that declare keys: enums, or constants
        --sources dir,…    directories of *.java and *.kt files in which quoted keys are looked for
        --days n           fail if a flag has been on for everyone for n days (30)
        --warn-days n      warn n days before an expiry (14)
        --memory file      remembers since when flags are on for everyone
        --ignore finding,… findings to leave out: expired, overdue, fully-on, retired, undefined,
                           unreferenced, never-evaluated, expires-soon
        --today date       another day than today, as 2027-01-31
        --json file        writes the report as JSON too\
      """;

  /**
   * Reads them, and the document.
   *
   * @throws IllegalArgumentException naming the argument, its value and what was expected
   * @throws java.io.UncheckedIOException if the document cannot be read
   */
  static StaleFlagsArguments parse(List<String> args) {
    if (args.isEmpty() || args.get(0).startsWith("--")) {
      throw new IllegalArgumentException(
          "document: missing (expected: a file of flags first)\n" + USAGE);
    }
    StaleFlags.Builder builder = StaleFlags.builder(Path.of(args.get(0)));
    Path json = null;
    Iterator<String> rest = args.subList(1, args.size()).iterator();
    while (rest.hasNext()) {
      String option = rest.next();
      switch (option) {
        case "--keys" -> {
          for (String name : list(option, rest)) {
            builder.keys(DeclaredFlagKeys.of(type(name)));
          }
        }
        case "--sources" ->
            builder.sources(list(option, rest).stream().map(Path::of).toArray(Path[]::new));
        case "--days" -> builder.fullyOnDays(number(option, rest));
        case "--warn-days" -> builder.warnDays(number(option, rest));
        case "--memory" -> builder.memory(Path.of(value(option, rest)));
        case "--ignore" -> {
          for (String kind : list(option, rest)) {
            builder.ignore(StaleKind.of(kind));
          }
        }
        case "--today" -> builder.clock(day(value(option, rest)));
        case "--json" -> json = Path.of(value(option, rest));
        default ->
            throw new IllegalArgumentException(
                "argument: " + Quoted.of(option) + " (expected: one of these)\n" + USAGE);
      }
    }
    return new StaleFlagsArguments(builder.build(), json);
  }

  private static String value(String option, Iterator<String> rest) {
    String value = rest.hasNext() ? rest.next() : "";
    if (value.isEmpty() || value.startsWith("--")) {
      throw new IllegalArgumentException(option + ": missing (expected: a value)\n" + USAGE);
    }
    return value;
  }

  private static List<String> list(String option, Iterator<String> rest) {
    return List.of(value(option, rest).split(","));
  }

  private static int number(String option, Iterator<String> rest) {
    String value = value(option, rest);
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          option + ": " + Quoted.of(value) + " (expected: a whole number of days)", e);
    }
  }

  private static InstantSource day(String value) {
    try {
      return InstantSource.fixed(LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant());
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "--today: " + Quoted.of(value) + " (expected: a date, as 2027-01-31)", e);
    }
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException | LinkageError e) {
      throw new IllegalArgumentException(
          "--keys: " + Quoted.of(name) + ": " + e + " (expected: a class on the class path)", e);
    }
  }
}
