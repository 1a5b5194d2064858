package dev.zdd.servlet;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** JVMs that run {@link HandOverProgram}, what they say, and real signals. */
final class HandOverChildren implements AutoCloseable {
  // What systemd does for StandardInput=socket with Accept=no: it holds the listener for good, and
  // each process that it starts has it as file descriptor 0.
  private static final String LAUNCHER =
      """
      import signal, socket, subprocess, sys
      signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # leaves no zombies
      listener = socket.socket()
      listener.bind(("127.0.0.1", 0))
      listener.listen(1024)
      running = []
      for line in sys.stdin:
          child = subprocess.Popen(line.rstrip("\\n").split("\\t"), stdin=listener)
          running.append(child)
          print("started", child.pid, flush=True)
      for child in running:
          child.kill()
      """;

  final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<Process> processes = new CopyOnWriteArrayList<>();
  private Process launcher;

  long start(String... arguments) throws Exception {
    Process process = new ProcessBuilder(command(arguments)).redirectErrorStream(true).start();
    follow(process);
    return process.pid();
  }

  long startWithListener(String... arguments) throws Exception {
    if (launcher == null) {
      launcher = new ProcessBuilder("python3", "-c", LAUNCHER).redirectErrorStream(true).start();
      follow(launcher);
    }
    long before = said("started").size();
    launcher
        .getOutputStream()
        .write((String.join("\t", command(arguments)) + "\n").getBytes(StandardCharsets.UTF_8));
    launcher.getOutputStream().flush();
    await(() -> said("started").size() > before, "a child");
    return Long.parseLong(said("started").get((int) before).split(" ")[1]);
  }

  private static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", classPath(), HandOverProgram.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  private static String classPath() {
    // In a module run the dependencies are on the module path; without one they do for a class
    // path.
    return Stream.of(
            locationOf(HandOverProgram.class),
            locationOf(JettyDrain.class),
            new File(locationOf(JettyDrain.class)).getParent() + "/test-classes",
            System.getProperty("jdk.module.path", ""),
            System.getProperty("java.class.path"))
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String locationOf(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation().getPath();
  }

  private void follow(Process process) {
    processes.add(process);
    Thread reader =
        new Thread(() -> {
          try (BufferedReader out =
              new BufferedReader(
                  new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            out.lines().forEach(lines::add);
          } catch (IOException | RuntimeException e) {
            lines.add("(output ended: " + e + ")");
          }
        });
    reader.setDaemon(true);
    reader.start();
  }

  List<String> said(String text) {
    return lines.stream().filter(line -> line.contains(text)).toList();
  }

  /** What a process said may be read a moment after it has ended. */
  void awaitSaid(String text) throws Exception {
    await(() -> !said(text).isEmpty(), text);
  }

  /** The port on which the named one says it is ready. */
  int awaitReady(String name) throws Exception {
    await(() -> !said(name + " ready").isEmpty(), name);
    return Integer.parseInt(said(name + " ready").get(0).split(" ")[2]);
  }

  void terminate(long pid) throws Exception {
    new ProcessBuilder("kill", "-TERM", Long.toString(pid)).start().waitFor();
    ProcessHandle.of(pid).ifPresent(one -> one.onExit().orTimeout(60, TimeUnit.SECONDS).join());
  }

  private void await(java.util.function.BooleanSupplier condition, String what) throws Exception {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(60)) {
        throw new AssertionError("no " + what + "; said\n" + String.join("\n", lines));
      }
      Thread.sleep(10);
    }
  }

  @Override
  public void close() throws Exception {
    if (launcher != null) {
      launcher.getOutputStream().close(); // it ends its children, then itself
      launcher.waitFor(10, TimeUnit.SECONDS);
    }
    processes.forEach(Process::destroyForcibly);
  }
}
