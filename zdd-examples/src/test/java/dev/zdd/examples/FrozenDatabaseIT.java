package dev.zdd.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real PostgreSQL that stops answering, as the shop's probes show it. */
@Timeout(180)
class FrozenDatabaseIT {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Pattern LISTENS = Pattern.compile("listens on 127\\.0\\.0\\.1:(\\d+)");
  private static final Pattern ANNOUNCED =
      Pattern.compile("orders-db \\(readiness\\): .* a failure shows after at most (\\d+) s");

  @TempDir Path directory;

  @Test
  void readinessTurnsWithinTheAnnouncedTimeAndLivenessStays() throws Exception {
    try (PostgresServer postgres = new PostgresServer(directory)) {
      try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl());
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE orders (id int PRIMARY KEY, customer text, cents int)");
      }
      try (JarProcess shop =
          JarProcess.start(directory, "serve", "--port", "0", "--jdbc", postgres.jdbcUrl())) {
        int port = Integer.parseInt(found(shop, LISTENS));
        Duration announced = Duration.ofSeconds(Integer.parseInt(found(shop, ANNOUNCED)));
        await().atMost(LIMIT).until(() -> JarProcess.status(port, "/ready") == 200);

        Watch watch = new Watch(port);
        ProcessTree database = postgres.processes();
        database.freeze();
        try {
          Duration took = watch.until(503, announced.plus(LIMIT));
          System.out.printf(
              "frozen: /ready was 503 after %d ms (announced: %d ms)%n",
              took.toMillis(), announced.toMillis());
          assertThat(took).isLessThanOrEqualTo(announced);
        } finally {
          database.thaw();
        }
        Duration back = watch.until(200, LIMIT);

        System.out.printf(
            "thawed: 200 after %d ms; %d probes, median %d us, slowest %d us%n",
            back.toMillis(), watch.micros.size(), watch.percentile(50), watch.percentile(100));
        assertThat(watch.percentile(50)).as("median of /ready, us").isLessThan(50_000);
        // A machine that builds beside this test may stop any process for a while.
        assertThat(watch.percentile(99)).as("99 % of /ready, us").isLessThan(500_000);
      }
    }
  }

  /** Probes as a balancer does, and measures how long each answer takes. */
  private static final class Watch {
    private final int port;
    private final List<Long> micros = new ArrayList<>();

    Watch(int port) {
      this.port = port;
    }

    Duration until(int status, Duration limit) throws Exception {
      long start = System.nanoTime();
      while (System.nanoTime() - start < limit.toNanos()) {
        long asked = System.nanoTime();
        int ready = JarProcess.status(port, "/ready");
        micros.add((System.nanoTime() - asked) / 1_000);
        assertThat(JarProcess.status(port, "/healthz")).isEqualTo(200);
        if (ready == status) {
          return Duration.ofNanos(System.nanoTime() - start);
        }
        assertThat(ready).isIn(200, 503);
        Thread.sleep(20); // the period of the probe, as a balancer has one
      }
      throw new AssertionError("/ready was not " + status + " within " + limit);
    }

    long percentile(int percent) {
      List<Long> sorted = micros.stream().sorted().toList();
      return sorted.get(Math.max(0, sorted.size() * percent / 100 - 1));
    }
  }

  private static String found(JarProcess shop, Pattern pattern) {
    return await()
        .atMost(LIMIT)
        .until(
            () -> {
              Matcher matcher = pattern.matcher(shop.output());
              return matcher.find() ? matcher.group(1) : null;
            },
            group -> group != null);
  }
}
