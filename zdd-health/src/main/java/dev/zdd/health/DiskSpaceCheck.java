package dev.zdd.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** See {@link Checks#diskSpace}. */
final class DiskSpaceCheck implements HealthCheck {
  private static final long MIB = 1 << 20;

  private final Path path;
  private final long leastBytes;

  DiskSpaceCheck(Path path, long leastBytes) {
    this.path = path;
    this.leastBytes = leastBytes;
  }

  @Override
  public HealthResult check() throws IOException {
    // A missing path throws here; File.getUsableSpace() would call it a full disk.
    long usable = Files.getFileStore(path).getUsableSpace();
    return HealthResult.upIf(
        usable >= leastBytes,
        usable / MIB + " MiB of the disk are usable (expected: " + leastBytes / MIB + " MiB)");
  }
}
