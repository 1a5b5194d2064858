package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds programs of the operating system. */
final class Programs {
  private Programs() {}

  static Path require(String program, String debianPackage) {
    return find(program)
        .orElseThrow(() ->
            new Refusal(
                program
                    + " is not installed (expected on the PATH or in /usr/sbin; on Debian: apt-get"
                    + " install "
                    + debianPackage
                    + ")"));
  }

  static Optional<Path> find(String program) {
    String path = System.getenv("PATH");
    // Debian puts servers into /usr/sbin, which is not on every user's PATH.
    return Stream.concat(
            Stream.of((path == null ? "" : path).split(File.pathSeparator)),
            Stream.of("/usr/sbin", "/usr/local/sbin"))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
