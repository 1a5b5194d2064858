package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The demo's roll and load for anybody's services, one after the other, behind each balancer; ends
 * with a table in Markdown. A service must answer what the load asks for as the shop does ({@code
 * GET} and {@code POST /work?ms=…}, {@code GET /orders}, {@code GET /checkout?user=…}, with the
 * headers {@code X-Shop-Instance}, its port, and {@code X-Shop-Version}), and {@code /ready}.
 */
@Command(
    name = "compare",
    description = "Replaces other services under the same load, and compares what is lost.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public final class Compare implements Callable<Integer> {
  @Option(
      names = "--rows",
      required = true,
      description = "a directory with a *.properties file for each service")
  private @Nullable Path rows;

  @Option(names = "--only", description = "only services whose name contains this pattern")
  private Pattern only = Pattern.compile("");

  @Option(
      names = "--lb",
      split = ",",
      defaultValue = "client,nginx,haproxy",
      description = "the balancers: ${COMPLETION-CANDIDATES}")
  private List<Balancer.Kind> balancers = List.of();

  @Option(names = "--rounds", description = "how often all three are replaced, 1 to 100")
  private int rounds = 4;

  @Option(names = "--rps", description = "requests started per second, 1 to 5000")
  private int perSecond = 200;

  @Option(names = "--scale", description = "what documented delays are multiplied by, 0.1 to 1")
  private double scale = 0.2;

  @Option(names = "--out", description = "where the table goes, besides the terminal")
  private Path file = Path.of("compare.md");

  private final PrintStream out = System.out;

  @Override
  public Integer call() throws Exception {
    between("--rounds", rounds, 1, 100);
    between("--rps", perSecond, 1, 5000);
    if (!(scale >= 0.1 && scale <= 1)) {
      throw new Refusal("--scale: " + scale + " (expected: 0.1 to 1)");
    }
    balancers.forEach(Balancer.Kind::requireInstalled);
    List<Contender> contenders = contenders();
    // Now, and not when the first row has been measured.
    Files.createDirectories(file.toAbsolutePath().getParent());
    Path directory = Files.createTempDirectory("zdd-compare-");
    // nginx' workers run as another user when we run as root, and must get to their files.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    DemoLog.to(directory.resolve("compare.log"));
    CompareTable table = new CompareTable(balancers, rounds * 3, perSecond, scale);
    List<String> broken = new ArrayList<>();
    int cells = contenders.size() * balancers.size();
    int number = 0;
    for (Contender contender : contenders) {
      for (Balancer.Kind balancer : balancers) {
        number++;
        String what = contender.name() + " behind " + balancer.name().toLowerCase(Locale.ROOT);
        out.printf(Locale.ROOT, "[%d/%d] %s%n", number, cells, what);
        long begin = System.nanoTime();
        Path logs = Files.createDirectory(directory.resolve(number + "-" + balancer));
        try {
          Comparison.Cell cell = run(contender, balancer, logs);
          table.add(cell);
          out.printf(
              Locale.ROOT,
              "    %s; %d s, load average %.1f%n",
              CompareTable.inWords(cell),
              TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
              cell.loadAverage());
        } catch (Refusal e) {
          broken.add(what);
          out.println("    NOT MEASURED: " + e.getMessage());
        }
        // Written each time: what has been measured is kept if the rest is not waited for.
        Files.writeString(file, table.markdown());
      }
    }
    out.println("\n" + table.markdown());
    out.println("table: " + file.toAbsolutePath() + ", logs: " + directory);
    broken.forEach(what -> out.println("NOT MEASURED: " + what));
    return broken.isEmpty() ? 0 : 1;
  }

  private Comparison.Cell run(Contender contender, Balancer.Kind balancer, Path logs)
      throws IOException, InterruptedException {
    Files.setPosixFilePermissions(logs, PosixFilePermissions.fromString("rwxr-xr-x"));
    Cleanup cleanup = new Cleanup();
    Thread hook = new Thread(cleanup::close, "compare-cleanup");
    Runtime.getRuntime().addShutdownHook(hook);
    try (cleanup) {
      return new Comparison(contender, balancer, rounds, perSecond, logs, out).run(cleanup);
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException shuttingDown) {
        // Ctrl-C: the hook is what closes everything now.
      }
    }
  }

  private List<Contender> contenders() throws IOException {
    Path directory = rows;
    if (directory == null || !Files.isDirectory(directory)) {
      throw new Refusal("--rows: " + directory + " (expected: an existing directory)");
    }
    List<Contender> found;
    try (Stream<Path> files = Files.list(directory)) {
      found =
          files
              .filter(path -> path.toString().endsWith(".properties"))
              .sorted(Comparator.comparing(Path::getFileName))
              .map(path -> Contender.read(path, scale))
              .filter(contender -> only.matcher(contender.name()).find())
              .toList();
    }
    if (found.isEmpty()) {
      throw new Refusal("--rows: nothing in " + directory + " matches " + only);
    }
    return found;
  }

  private static void between(String option, int value, int low, int high) {
    if (value < low || value > high) {
      throw new Refusal(option + ": " + value + " (expected: " + low + " to " + high + ")");
    }
  }
}
