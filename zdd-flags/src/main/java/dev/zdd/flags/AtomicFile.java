package dev.zdd.flags;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;

/** Replaces files whole: a reader, or a crash, finds the old content or the new. */
final class AtomicFile {
  private AtomicFile() {}

  /**
   * Puts {@code content} into {@code file}, which keeps its permissions if it is there, by way of a
   * file {@code NAME.next} beside it. One at a time.
   */
  static void replace(Path file, byte[] content) throws IOException {
    replace(file, content, file.resolveSibling(file.getFileName() + ".next"));
  }

  /** The same by way of {@code next}, which is gone afterwards. */
  static void replace(Path file, byte[] content, Path next) throws IOException {
    try {
      try (FileChannel channel = FileChannel.open(next, CREATE, WRITE, TRUNCATE_EXISTING)) {
        ByteBuffer all = ByteBuffer.wrap(content);
        while (all.hasRemaining()) {
          channel.write(all);
        }
        keepPermissions(file, next);
        channel.force(true); // else a crash may leave the new name with none of the content
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(next); // it is there only if that failed
    }
  }

  private static void keepPermissions(Path from, Path to) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (view != null && Files.exists(from)) {
      view.setPermissions(Files.getPosixFilePermissions(from));
    }
  }
}
