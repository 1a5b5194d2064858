package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class StaleReportTest {
  private static final Instant AT = Instant.parse("2026-11-28T12:00:00Z");
  private static final StaleFinding EXPIRED =
      new StaleFinding(
          StaleKind.EXPIRED,
          "new-checkout",
          "team \"checkout\"",
          LocalDate.of(2026, 11, 1),
          true,
          "its last day has passed",
          "remove it");
  private static final StaleFinding IDLE =
      new StaleFinding(StaleKind.NEVER_EVALUATED, "b", null, null, false, "never", "look");

  @Test
  void isATableForPeople() {
    assertThat(new StaleReport(AT, "7-9f2c41d0", 12, List.of(EXPIRED, IDLE)).text())
        .isEqualTo(
            """
            Stale flags on 2026-11-28: 1 to fail for, 1 to warn of; 12 defined in 7-9f2c41d0.
                  FINDING          FLAG          OWNER            SINCE       WHY, AND WHAT TO DO
            FAIL  expired          new-checkout  team "checkout"  2026-11-01  its last day has passed: remove it
            warn  never-evaluated  b             -                -           never: look
            """);
  }

  @Test
  void isOneLineWhereNothingIsFound() {
    assertThat(new StaleReport(AT, "7", 0, List.of()).text())
        .isEqualTo("Stale flags on 2026-11-28: 0 to fail for, 0 to warn of; 0 defined in 7.\n");
    assertThat(new StaleReport(AT, null, 0, List.of()).text())
        .isEqualTo("Stale flags on 2026-11-28: no flags have been read yet.\n");
  }

  @Test
  void keepsALineALineWhateverTheKey() {
    StaleFinding wild =
        new StaleFinding(
            StaleKind.UNDEFINED, "a\nb" + "c".repeat(100), null, null, true, "why", "do");
    assertThat(new StaleReport(AT, "7", 0, List.of(wild)).text().lines().toList().get(2))
        .isEqualTo("FAIL  undefined  a?b" + "c".repeat(57) + "…  -      -      why: do");
  }

  @Test
  void isJsonForPrograms() {
    assertThat(new StaleReport(AT, "7", 12, List.of(EXPIRED, IDLE)).json())
        .isEqualTo(
            "{\"at\":\"2026-11-28T12:00:00Z\",\"version\":\"7\",\"flags\":12,\"failing\":true,"
                + "\"findings\":[{\"kind\":\"expired\",\"flag\":\"new-checkout\","
                + "\"owner\":\"team \\\"checkout\\\"\",\"since\":\"2026-11-01\",\"failing\":true,"
                + "\"why\":\"its last day has passed\",\"advice\":\"remove it\"},"
                + "{\"kind\":\"never-evaluated\",\"flag\":\"b\",\"owner\":null,\"since\":null,"
                + "\"failing\":false,\"why\":\"never\",\"advice\":\"look\"}]}");
    assertThat(new StaleReport(AT, null, 0, List.of()).json())
        .isEqualTo(
            "{\"at\":\"2026-11-28T12:00:00Z\",\"version\":null,\"flags\":0,\"failing\":false,"
                + "\"findings\":[]}");
  }

  @Test
  void aKindIsFoundByItsText() {
    for (StaleKind kind : StaleKind.values()) {
      assertThat(StaleKind.of(kind.text())).isEqualTo(kind);
    }
    assertThatThrownBy(() -> StaleKind.of("stale"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("finding: \"stale\" (expected one of: expired, overdue, ");
  }
}
