package dev.zdd.examples;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** A process and all that descend from it, as a fault hits them: stopped, or killed. */
public final class ProcessTree {
  private final ProcessHandle root;

  public ProcessTree(ProcessHandle root) {
    this.root = root;
  }

  /**
   * SIGSTOP: connections stay open, and nothing is answered. The parent first, so that it forks
   * nobody.
   */
  public void freeze() throws IOException {
    kill("-STOP", List.of(root.pid()));
    kill("-STOP", pids());
  }

  public void thaw() throws IOException {
    kill("-CONT", pids());
  }

  /** SIGKILL, which ends frozen ones too; returns when they are gone. */
  public void kill() {
    List<ProcessHandle> all = all().toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> each.onExit().join());
  }

  private Stream<ProcessHandle> all() {
    return Stream.concat(Stream.of(root), root.descendants());
  }

  private List<Long> pids() {
    return all().map(ProcessHandle::pid).toList();
  }

  private static void kill(String signal, List<Long> pids) throws IOException {
    Stream<String> command =
        Stream.concat(Stream.of("kill", signal), pids.stream().map(String::valueOf));
    int exit = new ProcessBuilder(command.toList()).inheritIO().start().onExit().join().exitValue();
    if (exit != 0) {
      throw new IOException("kill " + signal + " " + pids + ": exit code " + exit);
    }
  }
}
