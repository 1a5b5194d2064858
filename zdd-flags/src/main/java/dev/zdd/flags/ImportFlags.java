package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes a document of zdd's of another system's flags: a program that prints it to stdout, and what
 * could not be taken over as it was to stderr, one line each. It exits with 0 if everything was
 * taken over, 1 if there is something to read, and 2 if there is no document.
 *
 * <pre>
 * java -cp … dev.zdd.flags.ImportFlags unleash features.json &gt; flags.json
 * </pre>
 *
 * <p>What is taken over says {@link UnleashImport}, and {@link FlagdImport}.
 */
public final class ImportFlags {
  private static final String USAGE =
      """
      arguments: unleash <file>   what Unleash's /api/client/features answers
                 flagd <file>     a flag definition of flagd, as JSON\
      """;
  private static final int SOMETHING_TO_READ = 1;
  private static final int NO_DOCUMENT = 2;

  private ImportFlags() {}

  /** Imports, and ends the JVM with the exit code. */
  public static void main(String[] args) {
    System.exit(run(List.of(args), System.out, System.err));
  }

  static int run(List<String> args, PrintStream out, PrintStream err) {
    if (args.size() != 2) {
      err.println("arguments: " + args.size() + " (expected: 2)\n" + USAGE);
      return NO_DOCUMENT;
    }
    ImportedFlags imported;
    try {
      imported = read(args.get(0), Path.of(args.get(1)));
    } catch (IOException e) {
      err.println("file: " + e);
      return NO_DOCUMENT;
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      return NO_DOCUMENT;
    }
    // UTF-8, as the document has to be, whatever the terminal's characters are.
    out.writeBytes((imported.snapshot().toDocument() + "\n").getBytes(UTF_8));
    out.flush();
    imported.findings().forEach(err::println);
    long leftOut = imported.findings().stream().filter(ImportFinding::leftOut).count();
    err.println(
        imported.snapshot().definitions().size() + " flags taken over, " + leftOut + " left out");
    return imported.findings().isEmpty() ? 0 : SOMETHING_TO_READ;
  }

  private static ImportedFlags read(String system, Path file) throws IOException {
    return switch (system) {
      case "unleash" -> UnleashImport.read(Files.readAllBytes(file));
      case "flagd" -> FlagdImport.read(Files.readAllBytes(file));
      default ->
          throw new IllegalArgumentException(
              "system: " + Quoted.of(system) + " (expected: unleash or flagd)\n" + USAGE);
    };
  }
}
