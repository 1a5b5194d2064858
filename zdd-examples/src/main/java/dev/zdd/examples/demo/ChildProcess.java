package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of the demo's. What it prints goes to a file, and its last lines are at hand. */
final class ChildProcess implements AutoCloseable {
  private static final int KEPT_LINES = 15;

  private final String name;
  private final Path log;
  private final Process process;
  // Guarded by itself.
  private final Deque<String> lastLines = new ArrayDeque<>();

  private ChildProcess(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  static ChildProcess start(String name, List<String> command, Path log) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      ChildProcess child = new ChildProcess(name, log, process);
      Thread pump = new Thread(child::pump, name + "-output");
      pump.setDaemon(true);
      pump.start();
      return child;
    } catch (IOException e) {
      throw new Refusal("cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  private void pump() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        Writer file = Files.newBufferedWriter(log)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        file.write(line);
        file.write('\n');
        file.flush();
        synchronized (lastLines) {
          lastLines.addLast(line);
          if (lastLines.size() > KEPT_LINES) {
            lastLines.removeFirst();
          }
        }
      }
    } catch (IOException e) {
      // The stream of a killed process may end this way; what it said until then is in the file.
      throw new UncheckedIOException(name + ": its output was cut", e);
    }
  }

  /** The line that it printed last; empty if it has not said anything. */
  String lastLine() {
    synchronized (lastLines) {
      String last = lastLines.peekLast();
      return last == null ? "" : last;
    }
  }

  /** Whether it lives, how it ended, and its last lines: what an error message needs. */
  String evidence() {
    StringBuilder text = new StringBuilder(name);
    text.append(isAlive() ? " is running" : " has ended with exit code " + process.exitValue());
    text.append("; its last lines (all of them: ").append(log).append("):");
    synchronized (lastLines) {
      lastLines.forEach(line -> text.append("\n  | ").append(line));
    }
    return text.toString();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Asks it to end, as an init system or Kubernetes would: SIGTERM. */
  void terminate() {
    process.toHandle().destroy();
  }

  /**
   * Waits for its end.
   *
   * @return its exit code
   */
  int awaitExit(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new Refusal(
          name + " did not end within " + limit.toSeconds() + " s of SIGTERM\n" + evidence());
    }
    return process.exitValue();
  }

  /** Ends it and what it started, at once. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().orTimeout(5, TimeUnit.SECONDS).exceptionally(e -> process).join();
  }
}
