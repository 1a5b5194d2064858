package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The last document that served, in a file, for a process that starts while its source is away. The
 * file is a line with a SHA-256 of all that follows it, a line each with the namespace, version,
 * epoch and write, and the document. It is replaced by a rename, and believed only if the sum is
 * right.
 */
final class LastKnownGood {
  private static final String FORMAT = "zdd-flags-1 ";
  private static final int LINES = 4;

  private final Path file;
  private final String namespace;
  // Only the thread that keeps has it; those of a source take turns.
  private boolean unsaved;

  LastKnownGood(Path file, String namespace) {
    this.file = file.toAbsolutePath();
    this.namespace = namespace;
  }

  /** Saves what serves from here on; whether it can be is logged once, not for each document. */
  void keep(StoredFlags stored, FlagSource source, Logger log) {
    try {
      save(stored);
      unsaved = false;
    } catch (IOException | RuntimeException e) {
      if (!unsaved) {
        log.warn("flags {}: last known good not saved to {}: {}", source, this, e.toString());
      }
      unsaved = true;
    }
  }

  void save(StoredFlags stored) throws IOException {
    FlagRevision revision = stored.revision();
    String head =
        String.join(
            "\n", namespace, revision.version() + "", revision.epoch(), revision.write(), "");
    byte[] body = concat(head.getBytes(UTF_8), stored.document());
    byte[] sum = (FORMAT + Sha256.hex(body) + "\n").getBytes(UTF_8);
    AtomicFile.replace(file, concat(sum, body));
  }

  /**
   * What was saved last; null if there is no file.
   *
   * @throws IOException if it cannot be read, or is not as it was saved
   */
  @Nullable StoredFlags load() throws IOException {
    byte[] all;
    try {
      all = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null;
    }
    int from = afterLine(all, 0);
    byte[] body = Arrays.copyOfRange(all, from, all.length);
    if (!new String(all, 0, from, UTF_8).equals(FORMAT + Sha256.hex(body) + "\n")) {
      throw new IOException("checksum of " + file + " is wrong (expected: that of its content)");
    }
    int document = 0;
    for (int line = 0; line < LINES; line++) {
      document = afterLine(body, document);
    }
    String[] lines = new String(body, 0, document, UTF_8).split("\n", -1);
    if (!lines[0].equals(namespace)) {
      throw new IOException(
          "namespace in " + file + ": " + Quoted.of(lines[0]) + " (expected: " + namespace + ")");
    }
    return new StoredFlags(
        new FlagRevision(Long.parseLong(lines[1]), lines[2], lines[3]),
        Arrays.copyOfRange(body, document, body.length));
  }

  @Override
  public String toString() {
    return file.toString();
  }

  private static int afterLine(byte[] bytes, int from) throws IOException {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    throw new IOException("the file breaks off (expected: a line with its end)");
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
