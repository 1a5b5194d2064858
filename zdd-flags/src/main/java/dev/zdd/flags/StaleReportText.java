package dev.zdd.flags;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A report as a table. */
final class StaleReportText {
  private static final int LONGEST = 60;
  private static final String GAP = "  ";

  private StaleReportText() {}

  static String of(StaleReport report) {
    StringBuilder text = new StringBuilder(summary(report)).append('\n');
    if (report.findings().isEmpty()) {
      return text.toString();
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "FINDING", "FLAG", "OWNER", "SINCE", "WHY, AND WHAT TO DO"));
    for (StaleFinding finding : report.findings()) {
      rows.add(
          List.of(
              finding.failing() ? "FAIL" : "warn",
              finding.kind().text(),
              cell(finding.flag()),
              cell(finding.owner()),
              cell(finding.since() == null ? null : finding.since().toString()),
              finding.why() + ": " + finding.advice()));
    }
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int column = 0; column < columns; column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    for (List<String> row : rows) {
      for (int column = 0; column < columns - 1; column++) {
        String cell = row.get(column);
        text.append(cell).append(" ".repeat(widths[column] - cell.length())).append(GAP);
      }
      text.append(row.get(columns - 1)).append('\n');
    }
    return text.toString();
  }

  private static String summary(StaleReport report) {
    LocalDate day = LocalDate.ofInstant(report.at(), ZoneOffset.UTC);
    if (report.version() == null) {
      return "Stale flags on " + day + ": no flags have been read yet.";
    }
    long failing = report.findings().stream().filter(StaleFinding::failing).count();
    return "Stale flags on "
        + day
        + ": "
        + failing
        + " to fail for, "
        + (report.findings().size() - failing)
        + " to warn of; "
        + report.flags()
        + " defined in "
        + report.version()
        + ".";
  }

  private static String cell(@Nullable String text) {
    if (text == null) {
      return "-";
    }
    return Quoted.line(text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…");
  }
}
