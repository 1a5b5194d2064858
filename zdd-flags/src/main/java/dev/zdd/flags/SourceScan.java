package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds flags' keys in source code as text: whatever stands between two quotes of a line and is a
 * key, in {@code *.java} and {@code *.kt}. It understands neither language. A key in a comment
 * counts as used; one that is put together of pieces, written with escapes, or read from
 * configuration is not found.
 */
final class SourceScan {
  private SourceScan() {}

  /**
   * Where each of {@code keys} stands first, as {@code src/main/java/Shop.java:12}; those that
   * stand nowhere are not in the map.
   *
   * @throws UncheckedIOException if a directory is none, or a file cannot be read
   */
  static Map<String, String> places(List<Path> directories, Set<String> keys) {
    Map<String, String> places = new HashMap<>();
    for (Path directory : directories) {
      try {
        if (!Files.isDirectory(directory)) {
          throw new NotDirectoryException(directory.toString());
        }
        try (Stream<Path> files = Files.walk(directory)) {
          for (Path file : files.filter(SourceScan::isSource).sorted().toList()) {
            scan(file, keys, places);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("sources: " + directory + ": " + e, e);
      }
    }
    return places;
  }

  private static boolean isSource(Path file) {
    String name = file.toString();
    return (name.endsWith(".java") || name.endsWith(".kt")) && Files.isRegularFile(file);
  }

  private static void scan(Path file, Set<String> keys, Map<String, String> places)
      throws IOException {
    // Not Files.lines, which refuses a file in another encoding.
    List<String> lines = new String(Files.readAllBytes(file), UTF_8).lines().toList();
    for (int line = 0; line < lines.size(); line++) {
      // Also what stands between two literals: so a quote in a comment, or one of '"', cannot
      // hide a key by making insides and outsides change places.
      String[] parts = lines.get(line).split("\"", -1);
      for (int part = 1; part < parts.length - 1; part++) {
        if (keys.contains(parts[part])) {
          places.putIfAbsent(parts[part], file + ":" + (line + 1));
        }
      }
    }
  }
}
