package dev.zdd.examples.faults;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The wall clock of one process, moved while it runs by Debian's libfaketime. The monotonic clock
 * stays as it is, as it does when an administrator sets the time.
 */
final class FakeClock {
  private final Path library;
  private final Path offset;

  private FakeClock(Path library, Path offset) {
    this.library = library;
    this.offset = offset;
  }

  /** Null where libfaketime is not installed. */
  static @Nullable FakeClock in(Path directory) throws IOException {
    try (DirectoryStream<Path> places = Files.newDirectoryStream(Path.of("/usr/lib"))) {
      for (Path place : places) {
        Path library = place.resolve("faketime/libfaketime.so.1");
        if (Files.exists(library)) {
          FakeClock clock = new FakeClock(library, directory.resolve("clock"));
          clock.set(Duration.ZERO);
          return clock;
        }
      }
    }
    return null;
  }

  /** For the process whose clock it is. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "FAKETIME_TIMESTAMP_FILE", offset.toString(),
        "FAKETIME_CACHE_DURATION", "1", // seconds until it reads the file again
        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
        // The workaround for old versions of glibc makes the waits of a JVM wrong, and busy.
        "FAKETIME_FORCE_MONOTONIC_FIX", "0");
  }

  /** Sets it so much ahead of the true time, or behind it; seen within a second. */
  void set(Duration ahead) throws IOException {
    Path next = offset.resolveSibling("clock.next");
    Files.writeString(next, (ahead.isNegative() ? "" : "+") + ahead.toSeconds() + "\n");
    Files.move(next, offset, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
