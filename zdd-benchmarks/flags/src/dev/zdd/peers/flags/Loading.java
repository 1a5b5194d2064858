package dev.zdd.peers.flags;

import dev.zdd.flags.FileFlagSource;
import dev.zdd.flags.Flag;
import dev.zdd.flags.Flags;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * How long a file of many flags takes to load, from nothing, and what that does to those who ask
 * meanwhile.
 */
public final class Loading {
  private static final int FLAGS = 10_000;
  private static final int ROUNDS = 60;
  private static final Duration TIME = Duration.ofSeconds(8);

  private Loading() {}

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("flags");
    Path file = directory.resolve("flags.json");
    Files.writeString(file, document(1));
    System.out.printf(Locale.ROOT, "%,d flags, %,d KiB%n", FLAGS, Files.size(file) / 1024);

    List<Double> times = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      long began = System.nanoTime();
      try (Flags flags = Flags.of(FileFlagSource.of(file))) {
        times.add((System.nanoTime() - began) / 1e6);
        if (flags.snapshot() == null) {
          throw new IllegalStateException("nothing was loaded: " + flags.status());
        }
      }
    }
    double first = times.get(0);
    Collections.sort(times);
    System.out.printf(
        Locale.ROOT,
        "read, checked and in force: %.1f ms the first time in this JVM, then median %.1f, most %.1f%n",
        first,
        times.get(ROUNDS / 2),
        times.get(ROUNDS - 2));

    try (Flags flags = Flags.of(FileFlagSource.builder(file).pollInterval(Duration.ofMillis(50)).build())) {
      Flag flag = flags.flag("flag-7");
      record(flag, Duration.ofSeconds(4)); // warm
      print("nothing reloads", record(flag, TIME));
      Thread writer = new Thread(() -> rewrite(file), "writer");
      writer.setDaemon(true);
      writer.start();
      print("a reload every 0.1 s", record(flag, TIME));
      print("a reload every 0.1 s", record(flag, TIME));
      writer.interrupt();
      writer.join();
      print("nothing reloads", record(flag, TIME));
      System.out.println("last snapshot: " + flags.snapshot().version());
    }
  }

  private static void rewrite(Path file) {
    Path next = file.resolveSibling("next.json");
    String[] documents = {document(1), document(2)};
    for (int n = 0; ; n++) {
      try {
        Files.writeString(next, documents[n % 2]);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        TimeUnit.MILLISECONDS.sleep(100);
      } catch (Exception ended) {
        return;
      }
    }
  }

  private static Histogram record(Flag flag, Duration time) {
    Histogram histogram = new Histogram(TimeUnit.SECONDS.toNanos(10), 3);
    long end = System.nanoTime() + time.toNanos();
    long before = System.nanoTime();
    for (int n = 0; before - end < 0; n++) {
      flag.isEnabled(n);
      long now = System.nanoTime();
      histogram.recordValue(Math.max(0, now - before));
      before = System.nanoTime();
    }
    return histogram;
  }

  private static void print(String what, Histogram histogram) {
    System.out.printf(
        Locale.ROOT,
        "%-22s %,13d evaluations; ns: median %d, 99 %% %d, 99.9 %% %d, 99.99 %% %d, most %d%n",
        what,
        histogram.getTotalCount(),
        histogram.getValueAtPercentile(50),
        histogram.getValueAtPercentile(99),
        histogram.getValueAtPercentile(99.9),
        histogram.getValueAtPercentile(99.99),
        histogram.getMaxValue());
  }

  private static String document(int version) {
    StringBuilder text = new StringBuilder("{\"version\": " + version + ", \"flags\": {\n");
    for (int n = 0; n < FLAGS; n++) {
      text.append(n == 0 ? "" : ",\n")
          .append("\"flag-")
          .append(n)
          .append("\": {\"enabled\": true, \"allow\": [\"alice\", \"bob\"], \"percentage\": \"")
          .append((n + version) % 101)
          .append("\", \"owner\": \"team checkout\", \"expires\": \"2027-01-31\"}");
    }
    return text.append("\n}}\n").toString();
  }
}
