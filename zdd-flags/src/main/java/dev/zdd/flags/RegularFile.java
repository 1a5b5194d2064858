package dev.zdd.flags;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Reads a file that somebody else writes, whatever they have put there. */
final class RegularFile {
  private RegularFile() {}

  /**
   * All of it.
   *
   * @throws FlagDocumentException if it is larger, or no regular file
   */
  static byte[] read(Path file, int maxBytes) throws IOException, FlagDocumentException {
    // A pipe would block for good, and a large file is not worth reading to find it too large.
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new FlagDocumentException("not a regular file");
    }
    refuseOver(attributes.size(), maxBytes);
    try (InputStream in = Files.newInputStream(file)) {
      // It may have grown since, or be another file.
      byte[] content = in.readNBytes(maxBytes + 1);
      refuseOver(content.length, maxBytes);
      return content;
    }
  }

  private static void refuseOver(long bytes, int maxBytes) throws FlagDocumentException {
    if (bytes > maxBytes) {
      throw new FlagDocumentException(bytes + " bytes (expected: <= " + maxBytes + ")");
    }
  }
}
