package dev.zdd.testing;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** Stops a process and all that descend from it (kill -STOP), until it is closed (kill -CONT). */
public final class Freezer implements AutoCloseable {
  private final List<Long> pids;

  private Freezer(List<Long> pids) {
    this.pids = pids;
  }

  public static Freezer freeze(ProcessHandle root) throws IOException {
    // The parent first, so that it forks nobody while its children are being listed.
    kill("-STOP", List.of(root.pid()));
    List<Long> all = Stream.concat(Stream.of(root), root.descendants()).map(h -> h.pid()).toList();
    Freezer freezer = new Freezer(all);
    kill("-STOP", all);
    return freezer;
  }

  @Override
  public void close() throws IOException {
    kill("-CONT", pids);
  }

  private static void kill(String signal, List<Long> pids) throws IOException {
    Stream<String> command =
        Stream.concat(Stream.of("kill", signal), pids.stream().map(String::valueOf));
    Process kill = new ProcessBuilder(command.toList()).inheritIO().start();
    int exit = kill.onExit().join().exitValue();
    if (exit != 0) {
      throw new IOException("kill " + signal + " " + pids + ": exit code " + exit);
    }
  }
}
