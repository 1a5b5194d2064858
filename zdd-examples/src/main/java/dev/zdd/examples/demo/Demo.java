package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import dev.zdd.examples.shop.ServerKind;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The proof: PostgreSQL, Redis, a fleet of shops and a balancer, all real processes; load that
 * never retries; every instance replaced by SIGTERM, one after the other; every failed request
 * counted. Exit code 0 only if there was none.
 */
@Command(
    name = "demo",
    description = "Replaces a fleet of shops under load and counts every request that is lost.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public final class Demo implements Callable<Integer> {
  private static final Duration LEAD = LoadGenerator.RAMP.plusSeconds(1);
  // What the shop has for everything, unless it is told otherwise.
  private static final Duration SHOP_DEADLINE = Duration.ofSeconds(25);
  private static final Duration TAIL = Duration.ofSeconds(2);

  @Option(names = "--server", description = "what the shop runs on: ${COMPLETION-CANDIDATES}")
  private ServerKind server = ServerKind.JETTY;

  @Option(names = "--lb", description = "the balancer: ${COMPLETION-CANDIDATES}")
  private Balancer.Kind balancerKind = Balancer.Kind.EMBEDDED;

  @Option(names = "--instances", description = "how many shops, 2 to 9")
  private int size = 3;

  @Option(names = "--rps", description = "requests started per second, 1 to 5000")
  private int perSecond = 300;

  @Option(names = "--rounds", description = "how often all are replaced, 1 to 100")
  private int rounds = 1;

  @Option(names = "--requests", description = "go on until at least so many were sent")
  private int atLeast = 0;

  @Option(names = "--announce", description = "what the shops get as --announce")
  private Duration announce = Duration.ofSeconds(2);

  @Option(names = "--no-drain", description = "what is lost without zdd's shutdown? (exits with 1)")
  private boolean noDrain;

  @Option(names = "--report", description = "where the HTML report goes")
  private Path report = Path.of("zdd-demo.html");

  private final PrintStream out = System.out;

  @Override
  public Integer call() throws Exception {
    checkSettings();
    balancerKind.requireInstalled();
    Path directory = workDirectory();
    DemoLog.to(directory.resolve("demo.log"));
    Cleanup cleanup = new Cleanup();
    // Ctrl-C and SIGTERM end in this hook: no process of ours outlives us.
    Thread hook = new Thread(cleanup::close, "demo-cleanup");
    Runtime.getRuntime().addShutdownHook(hook);
    try (cleanup) {
      Outcome outcome = run(directory, cleanup);
      cleanup.close();
      return conclude(outcome, directory);
    } catch (Refusal e) {
      throw new Refusal(e.getMessage() + "\nLogs: " + directory, e);
    }
  }

  private void checkSettings() {
    between("--instances", size, 2, 9);
    between("--rps", perSecond, 1, 5000);
    between("--rounds", rounds, 1, 100);
    between("--requests", atLeast, 0, 10_000_000);
    if (announce.compareTo(SHOP_DEADLINE) >= 0) {
      throw new Refusal("--announce: " + announce + " (expected: < " + SHOP_DEADLINE + ")");
    }
    Path parent = report.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new Refusal("--report: " + report + " (expected: a file in an existing directory)");
    }
  }

  private static void between(String option, int value, int low, int high) {
    if (value < low || value > high) {
      throw new Refusal(option + ": " + value + " (expected: " + low + " to " + high + ")");
    }
  }

  private static Path workDirectory() throws IOException {
    Path directory = Files.createTempDirectory("zdd-demo-");
    // nginx' workers run as another user when the demo runs as root, and must get to their files.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    return directory;
  }

  private Outcome run(Path directory, Cleanup cleanup) throws IOException, InterruptedException {
    Timeline timeline = new Timeline();
    Tally tally = new Tally();
    Display display = cleanup.later("the display", Display.on(out, timeline));
    Ports ports = new Ports();

    display.event("starting PostgreSQL and Redis");
    Backends backends = Backends.start(cleanup, ports);
    List<Instance> fleet = fleet(backends, ports, directory, timeline, cleanup);
    display.event("starting " + size + " shops on " + name(server));
    showEvery(Duration.ofMillis(250), fleet, tally, display, cleanup);
    RollingDeployment deployment =
        new RollingDeployment(fleet, tally, balancerKind.settle(), display);
    deployment.launch("v1");

    int port = ports.next();
    Balancer balancer =
        cleanup.later(
            "the balancer",
            balancerKind.start(port, fleet.stream().map(Instance::port).toList(), directory));
    Patience.until(
        "the balancer to pass requests on",
        Duration.ofSeconds(20),
        () -> ReadyProbe.isReady(port),
        balancer::evidence);
    URI target = URI.create("http://127.0.0.1:" + port);
    display.event("the balancer (" + name(balancerKind) + ") listens on " + target);

    LoadGenerator load =
        cleanup.later("the load", new LoadGenerator(target, perSecond, timeline, tally));
    double loadFrom = timeline.now();
    load.start();
    display.event("load: " + perSecond + " requests per second, GET and POST");
    TimeUnit.MILLISECONDS.sleep(LEAD.toMillis());
    for (int round = 1; round <= rounds; round++) {
      deployment.roll(version(round + 1));
    }
    List<String> servedLast = tail(tally);
    double loadTo = timeline.now();
    boolean complete = load.stop();
    display.refresh(fleet, tally);
    display.event(complete ? "the load has ended" : "the load has ended, answers are missing");
    return new Outcome(
        settings(),
        tally,
        timeline.spans(),
        timeline.exits(),
        fleet.stream().map(Instance::name).toList(),
        version(rounds + 1),
        servedLast,
        fleet.stream().filter(shop -> !shop.isAlive()).map(Instance::name).toList(),
        loadFrom,
        loadTo);
  }

  private List<Instance> fleet(
      Backends backends, Ports ports, Path directory, Timeline timeline, Cleanup cleanup)
      throws IOException {
    Path flags =
        Files.writeString(directory.resolve("flags.json"), Template.fill("flags.json", Map.of()));
    List<String> serve =
        List.of(
            "serve",
            "--server",
            name(server),
            "--jdbc",
            backends.jdbcUrl(),
            "--redis",
            backends.redisUrl(),
            "--flags",
            flags.toString(),
            "--announce",
            announce.toMillis() + "ms");
    List<String> command = JavaCommand.concat(JavaCommand.ofThisProgram(), serve);
    if (noDrain) {
      command = JavaCommand.concat(command, List.of("--no-drain"));
    }
    List<Instance> fleet = new ArrayList<>();
    for (int i = 1; i <= size; i++) {
      Instance instance = new Instance("shop-" + i, ports.next(), command, directory, timeline);
      fleet.add(cleanup.later(instance.name(), instance));
    }
    return fleet;
  }

  private static void showEvery(
      Duration interval, List<Instance> fleet, Tally tally, Display display, Cleanup cleanup) {
    ScheduledExecutorService refresher = Executors.newSingleThreadScheduledExecutor();
    long millis = interval.toMillis();
    ScheduledFuture<?> refreshing =
        refresher.scheduleAtFixedRate(
            () -> display.refresh(fleet, tally), millis, millis, TimeUnit.MILLISECONDS);
    cleanup.later(
        "the refresher",
        () -> {
          refreshing.cancel(false);
          refresher.shutdown();
        });
  }

  /** Load on the new version alone, until enough requests were sent: which versions answer it? */
  private List<String> tail(Tally tally) throws InterruptedException {
    Map<String, Long> before = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      before.put(version(round + 1), tally.servedBy(version(round + 1)));
    }
    do {
      TimeUnit.MILLISECONDS.sleep(TAIL.toMillis());
    } while (tally.sentSoFar() < atLeast);
    return before.entrySet().stream()
        .filter(e -> tally.servedBy(e.getKey()) > e.getValue())
        .map(Map.Entry::getKey)
        .toList();
  }

  private static String version(int n) {
    return "v" + n;
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("server", name(server));
    settings.put("balancer", name(balancerKind));
    settings.put("instances", String.valueOf(size));
    settings.put("rounds", String.valueOf(rounds));
    settings.put("load", perSecond + " requests per second");
    settings.put("drain", noDrain ? "none" : "announces for " + announce.toMillis() + " ms");
    settings.put(
        "java", System.getProperty("java.vm.version") + ", " + System.getProperty("os.name"));
    return settings;
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
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
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
