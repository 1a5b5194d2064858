package dev.zdd.flags;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Replaces the file that {@link FileFlagSource}s follow, by renaming a new one onto it: no reader
 * sees half of it. Where the name is a symbolic link, what it leads to is replaced. The permissions
 * stay; the owner becomes this process's user.
 *
 * <p>Writers exclude each other by a lock on {@code NAME.lock} beside the file, which stays there
 * and is empty, and which they wait 5 s for; so a directory is needed in which this process may
 * create files. A write by anything that does not take that lock (an editor) is noticed by the
 * content that is there instead of what was expected, unless it falls into the same millisecond. A
 * Kubernetes ConfigMap is never written: change it where it comes from.
 *
 * <p>A revision's version is what the document says, 0 if nothing; its {@code write} is the SHA-256
 * of the content. Thread-safe.
 */
public final class FileFlagStore implements FlagStore {
  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);
  private static final long LOCK_PAUSE_MILLIS = 5;
  // A file's lock is the whole process's, and lost when any thread closes any channel on that file:
  // so there is one such channel at a time.
  private static final ReentrantLock THREADS = new ReentrantLock();

  private final Path file;
  private final int maxBytes;
  private volatile boolean closed;

  private FileFlagStore(Path file, int maxBytes) {
    this.file = file.toAbsolutePath();
    this.maxBytes = maxBytes;
  }

  /** The file at {@code file}, of up to 16 MiB, which need not be there yet. */
  public static FileFlagStore of(Path file) {
    return of(file, MaxBytes.DEFAULT);
  }

  /**
   * As above, with the size of the largest file that is read or written.
   *
   * @param maxBytes 1 KiB to 256 MiB; no more than the least {@linkplain
   *     FileFlagSource.Builder#maxBytes maxBytes} of those that follow the file
   * @throws IllegalArgumentException if it is out of its bounds
   */
  public static FileFlagStore of(Path file, int maxBytes) {
    return new FileFlagStore(requireNonNull(file, "file"), MaxBytes.require(maxBytes));
  }

  @Override
  public StoredFlags read() throws IOException {
    requireOpen();
    return read(file);
  }

  @Override
  public FlagWrite write(FlagRevision expected, byte[] document)
      throws IOException, InterruptedException {
    requireNonNull(expected, "expected");
    requireOpen();
    MaxBytes.requireReadable(document, maxBytes);
    FlagRevision revision = revision(document);
    long deadline = System.nanoTime() + LOCK_TIMEOUT.toNanos();
    Path target = target();
    if (!THREADS.tryLock(LOCK_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS)) {
      throw lockedFor(target);
    }
    try {
      try (FileChannel channel = FileChannel.open(beside(target, ".lock"), CREATE, WRITE)) {
        lock(channel, target, deadline); // until it is closed
        FlagRevision present = read(target).revision();
        if (!present.equals(expected)) {
          return new FlagWrite.Refused(present);
        }
        AtomicFile.replace(target, document);
        return new FlagWrite.Written(revision);
      }
    } catch (FileSystemException e) {
      throw new IOException(
          "nothing was written: "
              + e
              + " (expected: a directory in which this process may create files)",
          e);
    } finally {
      THREADS.unlock();
    }
  }

  /** Ends this store; there is nothing to give back. */
  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return "file " + file;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the store of " + this + " is closed (expected: not yet)");
    }
  }

  // Kubernetes' links: flags.json -> ..data/flags.json, ..data -> ..2026_11_28_06_00_00.123. Where
  // it is not mounted read-only, what is written is lost at the next change of the ConfigMap.
  private Path target() throws IOException {
    Path target;
    try {
      target = file.toRealPath();
    } catch (NoSuchFileException e) {
      return file;
    }
    for (Path part : target) {
      if (part.toString().startsWith("..")) {
        throw new IOException(
            "nothing was written: "
                + this
                + " is of a Kubernetes ConfigMap or Secret, "
                + target
                + " (expected: a file that may be replaced; change the ConfigMap instead)");
      }
    }
    return target;
  }

  private static void lock(FileChannel channel, Path target, long deadline)
      throws IOException, InterruptedException {
    while (channel.tryLock() == null) {
      if (System.nanoTime() - deadline > 0) {
        throw lockedFor(target);
      }
      Thread.sleep(LOCK_PAUSE_MILLIS);
    }
  }

  private static IOException lockedFor(Path target) {
    return new IOException(
        "nothing was written: somebody has locked "
            + beside(target, ".lock")
            + " for "
            + LOCK_TIMEOUT
            + " (expected: for milliseconds)");
  }

  private StoredFlags read(Path file) throws IOException {
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes(maxBytes + 1);
    } catch (NoSuchFileException e) {
      return StoredFlags.NONE;
    }
    if (content.length > maxBytes) {
      // What was read is cut off; and by now the file may be another, that is smaller.
      long bytes = Math.max(content.length, Files.size(file));
      throw new IOException(MaxBytes.refusal(bytes, maxBytes));
    }
    long version;
    try {
      version = version(content);
    } catch (IllegalArgumentException e) {
      version = 0; // of a bad document, which read() gives all the same
    }
    return new StoredFlags(new FlagRevision(version, "", Sha256.hex(content)), content);
  }

  private static FlagRevision revision(byte[] document) {
    return new FlagRevision(version(document), "", Sha256.hex(document));
  }

  /** What it says of itself; 0 if nothing. */
  private static long version(byte[] document) {
    try {
      String version = FlagDocument.parse(document).version();
      int end = version.indexOf('-');
      return end < 0 ? 0 : Long.parseLong(version.substring(0, end));
    } catch (FlagDocumentException e) {
      throw new IllegalArgumentException("document: " + e.getMessage(), e);
    }
  }

  private static Path beside(Path file, String ending) {
    return file.resolveSibling(file.getFileName() + ending);
  }
}
