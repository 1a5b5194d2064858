package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import dev.zdd.examples.shop.ServerKind;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The proof: PostgreSQL, Redis, a fleet of shops and a balancer, all real processes; load that
 * never retries; every instance replaced by SIGTERM, one after the other; every failed request
 * counted, and every POST looked up in the database. Exit code 0 only if nothing failed and each
 * POST ran exactly once.
 */
@Command(
    name = "demo",
    description = "Replaces a fleet of shops under load and counts every request that is lost.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public final class Demo implements Callable<Integer> {
  @Option(names = "--server", description = "what the shop runs on: ${COMPLETION-CANDIDATES}")
  private ServerKind server = ServerKind.JETTY;

  @Option(names = "--lb", description = "the balancer: ${COMPLETION-CANDIDATES}")
  private Balancer.Kind balancer = Balancer.Kind.EMBEDDED;

  @Option(names = "--protocol", description = "${COMPLETION-CANDIDATES}")
  private Protocol protocol = Protocol.H1;

  @Option(names = "--mix", description = "shares of the kinds of request; ws: open WebSockets")
  private String mix = Mix.DEFAULT;

  @Option(names = "--instances", description = "how many shops, 2 to 9")
  private int size = 3;

  @Option(names = "--rps", description = "requests started per second, 1 to 5000")
  private int perSecond = 300;

  @Option(names = "--rounds", description = "how often all are replaced, 1 to 10000")
  private int rounds = 1;

  @Option(names = "--restarts", description = "rounds until at least so many were replaced")
  private int restarts = 0;

  @Option(names = "--requests", description = "go on until at least so many were sent")
  private int atLeast = 0;

  @Option(names = "--timeout", description = "no answer within it is a failure, 4s to 60s")
  private Duration timeout = Duration.ofSeconds(10);

  @Option(
      names = "--announce",
      description = "a fixed --announce for the shops; without it, what they see decides")
  private @Nullable Duration announce;

  @Option(
      names = "--resend-refused",
      description = "--lb client: a refused connection goes to the next instance")
  private boolean resendRefused;

  @Option(names = "--no-drain", description = "what is lost without zdd's shutdown? (exits with 1)")
  private boolean noDrain;

  @Option(names = "--capture", description = "records the packets with tcpdump")
  private boolean capture;

  @Option(names = "--report", description = "where the HTML report goes")
  private Path report = Path.of("zdd-demo.html");

  private final PrintStream out = System.out;

  @Override
  public Integer call() throws Exception {
    Settings settings = settings();
    balancer.requireInstalled();
    Path directory = workDirectory();
    DemoLog.to(directory.resolve("demo.log"));
    Cleanup cleanup = new Cleanup();
    // Ctrl-C and SIGTERM end in this hook: no process of ours outlives us.
    Thread hook = new Thread(cleanup::close, "demo-cleanup");
    Runtime.getRuntime().addShutdownHook(hook);
    try (cleanup) {
      Outcome outcome = new Proof(settings, directory, cleanup, out).run();
      cleanup.close();
      return conclude(outcome, directory);
    } catch (Refusal e) {
      throw new Refusal(e.getMessage() + "\nLogs: " + directory, e);
    }
  }

  private Settings settings() {
    if (restarts < 0) {
      throw new Refusal("--restarts: " + restarts + " (expected: >= 0)");
    }
    Path parent = report.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new Refusal("--report: " + report + " (expected: a file in an existing directory)");
    }
    if (capture) {
      Programs.require("tcpdump", "tcpdump");
    }
    Mix asked = Mix.parse(mix);
    return new Settings(
        server,
        balancer,
        protocol,
        server.hasWebSockets() ? asked : asked.withoutWebSockets(),
        size,
        perSecond,
        Math.max(rounds, size > 0 ? (int) Math.ceil((double) restarts / size) : 1),
        atLeast,
        timeout,
        announce,
        noDrain,
        resendRefused,
        capture);
  }

  private static Path workDirectory() throws IOException {
    Path directory = Files.createTempDirectory("zdd-demo-");
    // nginx' workers run as another user when the demo runs as root, and must get to their files.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    return directory;
  }

  private int conclude(Outcome outcome, Path directory) throws IOException {
    out.println(SummaryTable.of(outcome));
    Files.writeString(report, HtmlReport.of(outcome));
    out.println("  report: " + report.toAbsolutePath());
    List<String> complaints = outcome.complaints();
    if (complaints.isEmpty()) {
      delete(directory);
      out.println("  No request was lost.");
      return 0;
    }
    out.println("  logs:   " + directory);
    complaints.forEach(complaint -> out.println("  FAILED: " + complaint));
    return 1;
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
