package dev.zdd.shutdown;

import dev.zdd.core.Lifecycle;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A real JVM with a {@link SignalledProgram} in it, its output, and real signals. */
final class ChildProcess implements AutoCloseable {
  final List<String> lines = new CopyOnWriteArrayList<>();
  private final Process process;
  private final Thread reader;
  private final CompletableFuture<Instant> exitedAt = new CompletableFuture<>();

  private ChildProcess(Process process) {
    this.process = process;
    // A thread of its own: onExit() completes in the common pool, which on two processors is one
    // thread, and another test may be sleeping on it.
    Thread exit = new Thread(this::noteExit, "child-exit");
    exit.setDaemon(true);
    exit.start();
    this.reader = new Thread(this::read, "child-output");
    reader.setDaemon(true);
    reader.start();
  }

  static ChildProcess start(String scenario, String... jvmOptions) throws Exception {
    return started(command(scenario, jvmOptions));
  }

  static ChildProcess started(List<String> command) throws Exception {
    return new ChildProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  static List<String> command(String scenario, String... jvmOptions) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(jvmOptions));
    command.addAll(List.of("-cp", classPath(), SignalledProgram.class.getName(), scenario));
    return command;
  }

  /** The command in words that a shell takes as they are. */
  static String quoted(List<String> command) {
    return command.stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  private static String classPath() throws Exception {
    List<Class<?>> one =
        List.of(
            SignalledProgram.class,
            GracefulShutdown.class,
            Lifecycle.class,
            com.fasterxml.jackson.core.JsonFactory.class,
            org.slf4j.Logger.class,
            Class.forName("org.slf4j.simple.SimpleLogger"));
    return one.stream()
        .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private void read() {
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      out.lines().forEach(lines::add);
    } catch (IOException | RuntimeException e) {
      lines.add("(output ended: " + e + ")");
    }
  }

  void signal(String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** Sends a signal to the only child of this process: the first process of its container. */
  void signalChild(String name) throws Exception {
    long child = process.children().findFirst().orElseThrow().pid();
    shell("kill -" + name + " " + child);
  }

  /** Runs a line of shell in which {@code $pid} is this process. */
  void shell(String line) throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "pid=" + process.pid() + "; " + line).start();
    if (shell.waitFor() != 0) {
      throw new AssertionError("failed: " + line);
    }
  }

  boolean said(String text) {
    return lines.stream().anyMatch(line -> line.contains(text));
  }

  int exitCode() throws Exception {
    if (!process.waitFor(40, TimeUnit.SECONDS)) {
      throw new AssertionError("still running; it said\n" + String.join("\n", lines));
    }
    reader.join(5_000);
    return process.exitValue();
  }

  private void noteExit() {
    try {
      process.waitFor();
      exitedAt.complete(Instant.now());
    } catch (InterruptedException e) {
      exitedAt.completeExceptionally(e);
    }
  }

  Instant exitedAt() {
    return exitedAt.join();
  }

  /** The number after {@code label} in its output. */
  long number(String label) {
    return lines.stream()
        .filter(line -> line.startsWith(label))
        .mapToLong(line -> Long.parseLong(line.substring(label.length())))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
