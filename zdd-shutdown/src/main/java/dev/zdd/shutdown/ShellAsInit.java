package dev.zdd.shutdown;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mistake that makes every graceful shutdown void: a container whose first process is a shell
 * with this JVM as its child ({@code CMD java -jar app.jar} in the shell form). The shell gets
 * SIGTERM, keeps it, and the JVM is killed when the grace period is over, without ever having heard
 * of it.
 */
final class ShellAsInit {
  private static final Logger log = LoggerFactory.getLogger(GracefulShutdown.class);
  private static final Set<String> SHELLS =
      Set.of("sh", "ash", "bash", "dash", "busybox", "ksh", "zsh");

  private ShellAsInit() {}

  /** Warns of it, on Linux, as far as it can be seen. */
  static void warn() {
    try {
      ProcessHandle self = ProcessHandle.current();
      long parent = self.parent().map(ProcessHandle::pid).orElse(0L);
      Path comm = Path.of("/proc/1/comm");
      if (parent == 1 && Files.isReadable(comm)) {
        String warning = warning(self.pid(), parent, Files.readString(comm).strip());
        if (warning != null) {
          log.warn(warning);
        }
      }
    } catch (IOException | RuntimeException e) {
      log.debug("cannot tell what PID 1 is", e);
    }
  }

  static @Nullable String warning(long pid, long parent, String init) {
    return parent == 1 && pid != 1 && SHELLS.contains(init)
        ? "PID 1 is a shell ("
            + init
            + ") and this JVM its child: a shell does not pass SIGTERM on,"
            + " so this process will be killed without a drain (expected: Java as PID 1: the exec"
            + " form of CMD or ENTRYPOINT, or \"exec java\" in the script)"
        : null;
  }
}
