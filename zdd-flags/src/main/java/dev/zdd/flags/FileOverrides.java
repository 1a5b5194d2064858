package dev.zdd.flags;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Overrides in a file, read again and again, and handed on when its content is another. The thread
 * is a daemon, and lives until {@link #close()}.
 */
final class FileOverrides extends FlagOverrides {
  private static final Logger log = LoggerFactory.getLogger(FlagOverrides.class);
  private static final int MAX_BYTES = 1 << 20;
  private static final byte[] NOTHING = {};

  private final Path file;
  private final PollThread thread;
  private Consumer<Map<String, FlagOverride>> consumer = overrides -> {};
  private volatile @Nullable String problem;
  // Guarded by `this`: what is in force.
  private byte[] good = NOTHING;

  FileOverrides(Path file, Duration pollInterval) {
    this.file = file.toAbsolutePath();
    this.thread =
        new PollThread("zdd-flags-overrides", pollInterval::toNanos, this::poll, () -> {});
  }

  @Override
  void start(Consumer<Map<String, FlagOverride>> consumer) {
    thread.start(this, () -> this.consumer = consumer);
  }

  @Override
  @Nullable String problem() {
    String present = problem;
    return present == null ? null : this + ": " + present;
  }

  @Override
  void close() {
    thread.close();
  }

  @Override
  public String toString() {
    return "overrides of file " + file;
  }

  /** Reads the file, and hands it on if it is another one. */
  synchronized void poll() {
    try {
      byte[] content = read();
      if (!Arrays.equals(content, good)) {
        Map<String, FlagOverride> overrides = OverrideLines.parse(content, "file " + file);
        if (thread.isClosed()) {
          return;
        }
        consumer.accept(overrides);
        // Not before: a consumer that threw is offered the same content again.
        good = content;
      }
      if (problem != null) {
        log.info("flags {}: good again", this);
      }
      problem = null;
    } catch (FlagDocumentException e) {
      refuse(String.valueOf(e.getMessage()), null);
    } catch (IOException e) {
      refuse("unreadable: " + e, null);
    } catch (Throwable t) {
      refuse("failed: " + t, t);
    }
  }

  private byte[] read() throws IOException, FlagDocumentException {
    try {
      return RegularFile.read(file, MAX_BYTES);
    } catch (NoSuchFileException e) {
      return NOTHING;
    }
  }

  private void refuse(String what, @Nullable Throwable cause) {
    if (thread.isClosed() || what.equals(problem)) {
      return; // close() has interrupted a read; said already
    }
    problem = what;
    log.warn("flags {}: {}; those that were read last stay in force", this, what, cause);
  }
}
