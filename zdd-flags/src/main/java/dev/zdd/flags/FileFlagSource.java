package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Ticker;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Definitions in a JSON file ({@code docs/flags.md}), read again whenever its content changes.
 *
 * <p>Content is compared, and nothing else: a modification time may stand still, or go back when an
 * older file is restored, and a Kubernetes ConfigMap changes by a symlink two levels up. So the
 * file is opened by its name every {@linkplain Builder#pollInterval interval}, which sees every way
 * of changing it.
 *
 * <p>A file that is missing, too large or wrong in any way is refused whole, with one WARN line for
 * each problem (not for each poll), and the last good flags serve on; {@link #status()} shows the
 * problem, and an age that grows. Writers should replace the file by renaming another onto it: one
 * written in place may be read half-written, and is refused until it is complete.
 *
 * <p>The thread is a daemon, and lives until {@link #close()}.
 */
public final class FileFlagSource implements FlagSource {
  private static final Logger log = LoggerFactory.getLogger(FileFlagSource.class);

  private final Path file;
  private final int maxBytes;
  private final Confidence confidence;

  private final PollThread thread;
  private Consumer<FlagSnapshot> consumer = snapshot -> {};
  // Guarded by `this`, as is the poll itself: the first is the starter's, the others the thread's.
  private byte @Nullable [] good;

  private FileFlagSource(Builder builder) {
    this.file = builder.file.toAbsolutePath();
    this.maxBytes = builder.maxBytes;
    this.confidence = new Confidence(log, this, builder.ticker);
    this.thread =
        new PollThread(
            "zdd-flags-file",
            builder.pollInterval::toNanos,
            () -> poll(consumer),
            confidence::failed);
  }

  /** The file at {@code file}, which need not be there yet, with the default settings. */
  public static FileFlagSource of(Path file) {
    return builder(file).build();
  }

  /** The file at {@code file}, which need not be there yet. */
  public static Builder builder(Path file) {
    return new Builder(file);
  }

  /**
   * {@inheritDoc} Reads the file once before it returns; what may be wrong with it is logged and
   * not thrown.
   */
  @Override
  public void start(Consumer<FlagSnapshot> consumer) {
    requireNonNull(consumer, "consumer");
    thread.start(this, () -> this.consumer = consumer);
  }

  @Override
  public Status status() {
    return confidence.status();
  }

  @Override
  public void close() {
    thread.close();
  }

  @Override
  public String toString() {
    return "file " + file;
  }

  /** Reads the file, and hands it on if it is another one. */
  synchronized void poll(Consumer<FlagSnapshot> consumer) {
    long began = confidence.begin();
    try {
      byte[] content = RegularFile.read(file, maxBytes);
      if (!Arrays.equals(content, good)) {
        FlagSnapshot snapshot = FlagDocument.parse(content);
        if (thread.isClosed()) {
          return;
        }
        consumer.accept(snapshot);
        // Not before: a consumer that threw is offered the same content again.
        good = content;
        confidence.serves(snapshot);
      } else {
        confidence.stillServes();
      }
      confidence.confirmed(began);
    } catch (NoSuchFileException e) {
      refuse("missing", null);
    } catch (FlagDocumentException e) {
      refuse(String.valueOf(e.getMessage()), null);
    } catch (IOException e) {
      refuse("unreadable: " + e, null);
    } catch (Throwable t) {
      refuse("failed: " + t, t);
    }
  }

  private void refuse(String what, @Nullable Throwable cause) {
    if (thread.isClosed()) {
      return; // close() has interrupted a read
    }
    confidence.refused(what, cause);
  }

  /** The settings of a {@link FileFlagSource}. Not thread-safe. */
  public static final class Builder {
    /** How often the file is read unless said otherwise. */
    public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(1);

    /** The size from which a file is refused unless said otherwise: 16 MiB. */
    public static final int DEFAULT_MAX_BYTES = MaxBytes.DEFAULT;

    private final Path file;
    private Duration pollInterval = DEFAULT_POLL_INTERVAL;
    private int maxBytes = DEFAULT_MAX_BYTES;
    private Ticker ticker = Ticker.system();

    private Builder(Path file) {
      this.file = requireNonNull(file, "file");
    }

    /** How often the file is read, 50 ms to 1 h. Default: 1 s. */
    public Builder pollInterval(Duration pollInterval) {
      this.pollInterval = requireNonNull(pollInterval, "pollInterval");
      return this;
    }

    /** The largest file that is read, 1 KiB to 256 MiB. Default: {@value #DEFAULT_MAX_BYTES}. */
    public Builder maxBytes(int maxBytes) {
      this.maxBytes = maxBytes;
      return this;
    }

    /** What ages are read from. Default: the machine's clock. */
    Builder ticker(Ticker ticker) {
      this.ticker = ticker;
      return this;
    }

    /**
     * The source, not started yet.
     *
     * @throws IllegalArgumentException if a setting is out of its bounds
     */
    public FileFlagSource build() {
      PollInterval.require(pollInterval);
      MaxBytes.require(maxBytes);
      return new FileFlagSource(this);
    }
  }
}
