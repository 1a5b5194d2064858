package dev.zdd.examples.shop;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An answer of status 200 that comes a line at a time; the last line says that it is the last, so
 * that an answer that was cut is seen as one.
 *
 * @param count how many lines before the last
 * @param pauseMillis how long before each line but the first
 * @param executor on which the lines are written; it may be blocked by a write
 */
record Chunks(int count, int pauseMillis, Executor executor) implements Answer {
  static final int MOST = 1000;
  static final int LONGEST_PAUSE_MILLIS = 10_000;
  static final Map<String, String> HEADERS =
      Map.of("Content-Type", "text/plain", "Cache-Control", "no-store");

  private static final String LAST = "end of stream\n";

  /** Where the lines go; its methods are called one at a time. */
  interface Sink {
    /** Writes and flushes. One that throws is not called again, except for {@link #broken}. */
    void write(byte[] chunk) throws IOException;

    /** Everything was written: ends the response. */
    void end();

    /** A write failed: cuts the response. */
    void broken();
  }

  /** The whole answer. */
  static String text(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(Chunks::line).collect(Collectors.joining())
        + LAST;
  }

  private static String line(int n) {
    return "chunk " + n + "\n";
  }

  /** Begins to write to {@code sink}; returns at once. */
  void writeTo(Sink sink) {
    executor.execute(() -> write(1, sink));
  }

  private void write(int n, Sink sink) {
    try {
      boolean last = n > count;
      sink.write((last ? LAST : line(n)).getBytes(StandardCharsets.UTF_8));
      if (last) {
        sink.end();
        return;
      }
    } catch (IOException | RuntimeException e) {
      sink.broken();
      return;
    }
    CompletableFuture.delayedExecutor(pauseMillis, MILLISECONDS, executor)
        .execute(() -> write(n + 1, sink));
  }
}
