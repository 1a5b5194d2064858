package dev.zdd.examples.demo;

import dev.zdd.examples.Main;
import dev.zdd.examples.Refusal;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How this program starts itself again: with the same java, from the same jar. */
final class JavaCommand {
  // A small heap, the simple collector and the first compiler only: several of these start beside
  // each other on a small machine, and a start should take a second, not three.
  private static final List<String> SMALL =
      List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");

  private JavaCommand() {}

  static List<String> ofThisProgram() {
    Path code = location();
    List<String> start =
        Files.isDirectory(code)
            // Run from an IDE or a test: there is no jar, but a class path.
            ? List.of("-cp", System.getProperty("java.class.path"), Main.class.getName())
            : List.of("-jar", code.toString());
    return concat(java(), start);
  }

  /** The same java, told to stay small. */
  static List<String> java() {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return concat(List.of(java.toString()), SMALL);
  }

  private static Path location() {
    try {
      return Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new Refusal("cannot find the jar that this program was started from", e);
    }
  }

  static List<String> concat(List<String> first, List<String> second) {
    return java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
  }
}
