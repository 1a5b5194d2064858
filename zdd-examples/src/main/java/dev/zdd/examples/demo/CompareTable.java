package dev.zdd.examples.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a comparison has found, as Markdown. */
final class CompareTable {
  // Ready threads for each processor, as the load average counts them.
  private static final double MOST_LOAD = 2;

  private final List<Balancer.Kind> balancers;
  private final int stops;
  private final int perSecond;
  private final double scale;
  private final Map<String, Map<Balancer.Kind, Comparison.Cell>> rows = new LinkedHashMap<>();

  CompareTable(List<Balancer.Kind> balancers, int stops, int perSecond, double scale) {
    this.balancers = List.copyOf(balancers);
    this.stops = stops;
    this.perSecond = perSecond;
    this.scale = scale;
  }

  void add(Comparison.Cell cell) {
    rows.computeIfAbsent(cell.name(), name -> new LinkedHashMap<>()).put(cell.balancer(), cell);
  }

  String markdown() {
    List<String> heads = new ArrayList<>(List.of(""));
    balancers.forEach(kind -> heads.add(name(kind) + ": failed GET / POST"));
    balancers.forEach(kind -> heads.add(name(kind) + ": SIGTERM → exit"));
    StringBuilder text = new StringBuilder();
    line(text, heads);
    line(text, heads.stream().map(head -> "---").toList());
    rows.forEach((name, cells) -> {
      List<String> line = new ArrayList<>(List.of(name));
      balancers.forEach(kind -> line.add(cell(cells, kind, CompareTable::failed)));
      balancers.forEach(kind -> line.add(cell(cells, kind, CompareTable::took)));
      line(text, line);
    });
    double busiest =
        rows.values().stream()
            .flatMap(cells -> cells.values().stream())
            .mapToDouble(Comparison.Cell::loadAverage)
            .max()
            .orElse(0);
    text.append(
        String.format(
            Locale.ROOT,
            "%nFailed per 10,000 requests; SIGTERM → exit: median (longest), a preStop sleep"
                + " included. 3 instances, %d SIGTERMs, %d requests per second, documented delays"
                + " × %s; JDK %s, %d processors, load average up to %.1f.%n",
            stops,
            perSecond,
            scale,
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors(),
            busiest));
    if (rows.values().stream()
        .flatMap(cells -> cells.values().stream())
        .anyMatch(CompareTable::wasDisturbed)) {
      text.append("\\* The machine was busy with something else: not to be relied on.\n");
    }
    return text.toString();
  }

  private interface Words {
    String of(Comparison.Cell cell);
  }

  private static String cell(
      Map<Balancer.Kind, Comparison.Cell> cells, Balancer.Kind kind, Words words) {
    Comparison.Cell cell = cells.get(kind);
    return cell == null ? "–" : words.of(cell);
  }

  /** One cell, for the terminal. */
  static String inWords(Comparison.Cell cell) {
    return "failed per 10,000: " + failed(cell) + ", SIGTERM to exit " + took(cell);
  }

  private static String failed(Comparison.Cell cell) {
    return perTenThousand(cell.get())
        + " / "
        + perTenThousand(cell.post())
        + (wasDisturbed(cell) ? " \\*" : "");
  }

  /** Whether the machine had so much else to do that requests may have failed for that alone. */
  private static boolean wasDisturbed(Comparison.Cell cell) {
    return cell.loadAverage() > MOST_LOAD * Runtime.getRuntime().availableProcessors();
  }

  // One lost request must not be rounded down to none.
  private static String perTenThousand(Comparison.Count count) {
    double rate = count.perTenThousand();
    if (rate > 0 && rate < 0.1) {
      return "less than 0.1";
    }
    return String.format(Locale.ROOT, rate > 0 && rate < 9.95 ? "%.1f" : "%.0f", rate);
  }

  private static String took(Comparison.Cell cell) {
    List<Double> sorted = cell.stops();
    if (sorted.isEmpty()) {
      return "–";
    }
    return String.format(
        Locale.ROOT, "%.1f s (%.1f)", sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
  }

  private static String name(Balancer.Kind kind) {
    return switch (kind) {
      case EMBEDDED -> "embedded";
      case CLIENT -> "in the client";
      case NGINX -> "nginx";
      case HAPROXY -> "HAProxy";
      case KUBERNETES -> "Kubernetes";
    };
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append(cells.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
  }
}
