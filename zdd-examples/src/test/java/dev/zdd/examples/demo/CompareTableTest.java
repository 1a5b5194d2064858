package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CompareTableTest {
  private final CompareTable table =
      new CompareTable(List.of(Balancer.Kind.NGINX, Balancer.Kind.HAPROXY), 12, 200, 0.3);

  @Test
  void hasARowForEachServiceAndTwoColumnsForEachBalancer() {
    table.add(cell(Balancer.Kind.NGINX, 10_000, 0, 155, 3.1, 3.0, 9.0));
    table.add(cell(Balancer.Kind.HAPROXY, 10_000, 2, 0, 0.1, 0.2, 0.3));

    assertThat(table.markdown())
        .startsWith(
            """
            |  | nginx: failed GET / POST | HAProxy: failed GET / POST | nginx: SIGTERM → exit | HAProxy: SIGTERM → exit |
            | --- | --- | --- | --- | --- |
            | a service | 0 / 155 | 2.0 / 0 | 3.1 s (9.0) | 0.2 s (0.3) |
            """)
        .contains("12 SIGTERMs, 200 requests per second");
  }

  @Test
  void neverRoundsALossDownToNone() {
    assertThat(CompareTable.inWords(cell(Balancer.Kind.NGINX, 400_000, 1, 0, 1)))
        .contains("less than 0.1 / 0");
  }

  @Test
  void marksWhatABusyMachineMayHaveSpoilt() {
    table.add(
        new Comparison.Cell(
            "a service",
            Balancer.Kind.NGINX,
            new Comparison.Count(10_000, 0),
            new Comparison.Count(10_000, 7),
            List.of(1.0),
            1000));

    assertThat(table.markdown()).contains("| 0 / 7.0 \\* |").endsWith("not to be relied on.\n");
  }

  @Test
  void leavesOpenWhatWasNotMeasured() {
    table.add(cell(Balancer.Kind.HAPROXY, 10_000, 0, 0, 1));

    assertThat(table.markdown()).contains("| a service | – | 0 / 0 | – | 1.0 s (1.0) |");
  }

  private static Comparison.Cell cell(
      Balancer.Kind balancer, long sent, long gets, long posts, double... stops) {
    return new Comparison.Cell(
        "a service",
        balancer,
        new Comparison.Count(sent, gets),
        new Comparison.Count(sent, posts),
        java.util.Arrays.stream(stops).boxed().toList(),
        0.5);
  }
}
