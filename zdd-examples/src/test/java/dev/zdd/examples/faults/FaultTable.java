package dev.zdd.examples.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What each fault looked like, as Markdown. */
final class FaultTable {
  private final List<String> lines = new ArrayList<>();

  FaultTable() {
    lines.add(
        "| fault | `/ready` said 503 after | its bound | 200 again after | `/healthz` | slowest answer |");
    lines.add("|---|---|---|---|---|---|");
  }

  /** {@code down} and {@code up} are null if the answer never changed. */
  void row(
      String fault,
      @Nullable Duration down,
      String bound,
      @Nullable Duration up,
      Duration slowest) {
    lines.add(
        String.join(
            " | ",
            "| " + fault,
            down == null ? "never" : seconds(down),
            bound,
            up == null ? "–" : seconds(up),
            "200",
            slowest.toMillis() + " ms |"));
  }

  static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }

  @Override
  public String toString() {
    return String.join("\n", lines) + "\n";
  }
}
