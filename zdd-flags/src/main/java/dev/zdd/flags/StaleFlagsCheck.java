package dev.zdd.flags;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Fails a build whose flags are stale: a program that reports on a document and the code, and exits
 * with 1 if there is a finding to fail for, 0 if there is none or only some to warn of, and 2 if it
 * could not tell. The report goes to stdout, an error to stderr.
 *
 * <pre>
 * java -cp … dev.zdd.flags.StaleFlagsCheck flags.json --keys com.shop.ShopFlags --json out.json
 * </pre>
 *
 * Without arguments it prints them all.
 */
public final class StaleFlagsCheck {
  private static final int FAILING = 1;
  private static final int CANNOT_TELL = 2;

  private StaleFlagsCheck() {}

  /** Checks, and ends the JVM with the exit code. */
  public static void main(String[] args) {
    System.exit(run(List.of(args), System.out, System.err));
  }

  static int run(List<String> args, PrintStream out, PrintStream err) {
    try {
      StaleFlagsArguments arguments = StaleFlagsArguments.parse(args);
      StaleReport report = arguments.staleFlags().report();
      out.print(report.text());
      Path json = arguments.json();
      if (json != null) {
        write(json, report);
      }
      return report.isFailing() ? FAILING : 0;
    } catch (IllegalArgumentException | UncheckedIOException e) {
      err.println(e.getMessage());
      return CANNOT_TELL;
    }
  }

  private static void write(Path json, StaleReport report) {
    try {
      Files.writeString(json, report.json() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("--json: " + json + ": " + e, e);
    }
  }
}
