package dev.zdd.examples.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One run of the demo, in the order of its story. Used once. */
final class Proof {
  private static final Duration LEAD = LoadGenerator.RAMP.plusSeconds(1);
  private static final Duration TAIL = Duration.ofSeconds(2);
  private static final Duration BALANCER_LIMIT = Duration.ofSeconds(30);
  private static final Duration ONE_ANSWER = Duration.ofSeconds(5);

  // Behind nginx, which learns nothing before the listener closes: this long the responses say
  // "Connection: close", which empties its pool of kept connections.
  private static final String ANNOUNCE_UNPROBED = "1s";

  private final Settings settings;
  private final Path directory;
  private final Cleanup cleanup;
  private final Timeline timeline = new Timeline();
  private final Tally tally = new Tally();
  private final Posts posts = new Posts();
  private final Ports ports = new Ports();
  private final Display display;

  Proof(Settings settings, Path directory, Cleanup cleanup, PrintStream out) {
    this.settings = settings;
    this.directory = directory;
    this.cleanup = cleanup;
    this.display = cleanup.later("the display", Display.on(out, timeline));
  }

  Outcome run() throws IOException, InterruptedException {
    display.event("starting PostgreSQL and Redis");
    Backends backends = Backends.start(cleanup, ports);
    if (settings.capture()) {
      cleanup.later("tcpdump", Capture.into(directory));
    }
    List<Instance> fleet = fleet(backends);
    display.event("starting " + settings.size() + " shops on " + Settings.name(settings.server()));
    showEvery(Duration.ofMillis(250), fleet);
    RollingDeployment deployment =
        new RollingDeployment(
            fleet, tally, settings.balancer().settle(), settings.restarts(), display);
    deployment.launch(version(0));
    Sender sender =
        cleanup.later(
            "the sender",
            Sender.over(settings.protocol(), settings.timeout(), LoadGenerator.MOST_IN_FLIGHT));
    Balancer balancer = balancer(fleet, sender);

    LoadGenerator load =
        cleanup.later(
            "the load",
            new LoadGenerator(
                balancer::route,
                sender,
                settings.mix(),
                settings.perSecond(),
                timeline,
                tally,
                posts,
                settings.resendRefused() ? settings.size() : 0,
                LoadGenerator.RAMP,
                settings.timeout(),
                LoadGenerator.MOST_IN_FLIGHT));
    WebSocketLoad sockets =
        cleanup.later(
            "the WebSockets",
            new WebSocketLoad(
                balancer::route, settings.mix().sessions(), timeline, tally, settings.timeout()));
    double loadFrom = timeline.now();
    load.start();
    sockets.start();
    display.event("load: " + settings.perSecond() + " requests per second: " + settings.mix());
    TimeUnit.MILLISECONDS.sleep(LEAD.toMillis());
    for (int round = 1; round <= settings.rounds(); round++) {
      deployment.roll(version(round));
    }
    List<String> servedLast = tail();
    double loadTo = timeline.now();
    boolean echoed = sockets.stop();
    boolean complete = load.stop() && echoed;
    display.refresh(fleet, tally);
    display.event(complete ? "the load has ended" : "the load has ended, answers are missing");
    return new Outcome(
        settings.labels(),
        tally,
        ExactlyOnce.of(backends.executions(), posts),
        timeline.spans(),
        timeline.exits(),
        fleet.stream().map(Instance::name).toList(),
        version(settings.rounds()),
        servedLast,
        fleet.stream().filter(shop -> !shop.isAlive()).map(Instance::name).toList(),
        loadFrom,
        loadTo);
  }

  private List<Instance> fleet(Backends backends) throws IOException {
    Path flags =
        Files.writeString(directory.resolve("flags.json"), Template.fill("flags.json", Map.of()));
    List<String> serve =
        new ArrayList<>(
            List.of(
                "serve",
                "--server",
                Settings.name(settings.server()),
                "--jdbc",
                backends.jdbcUrl(),
                "--redis",
                backends.redisUrl(),
                "--flags",
                flags.toString(),
                "--refusals-needed",
                String.valueOf(settings.balancer().refusalsNeeded()),
                "--announce-unprobed",
                ANNOUNCE_UNPROBED,
                "--not-a-balancer",
                ReadyProbe.OF_DEPLOYMENT.userAgent(),
                "--idle",
                settings.balancer().idle().toMillis() + "ms"));
    if (settings.announce() != null) {
      serve.addAll(List.of("--announce", settings.announce().toMillis() + "ms"));
    }
    if (settings.protocol() == Protocol.H2) {
      serve.add("--http2");
    }
    if (settings.noDrain()) {
      serve.add("--no-drain");
    }
    List<String> command = JavaCommand.concat(JavaCommand.ofThisProgram(), serve);
    List<Instance> fleet = new ArrayList<>();
    for (int i = 1; i <= settings.size(); i++) {
      Instance instance = new Instance("shop-" + i, ports.next(), command, directory, timeline);
      fleet.add(cleanup.later(instance.name(), instance));
    }
    return fleet;
  }

  private Balancer balancer(List<Instance> fleet, Sender sender) throws InterruptedException {
    int port = ports.next();
    Balancer balancer =
        cleanup.later(
            "the balancer",
            settings
                .balancer()
                .start(
                    port,
                    fleet.stream().map(Instance::port).toList(),
                    settings.protocol(),
                    directory));
    for (Instance shop : fleet) {
      shop.beforeStop(() -> balancer.terminating(shop.port()));
      shop.afterStart(() -> balancer.started(shop.port()));
    }
    Patience.until(
        "the balancer to pass requests on",
        BALANCER_LIMIT,
        () -> passes(balancer.route(), sender),
        balancer::evidence);
    display.event(
        "the balancer (" + Settings.name(settings.balancer()) + "): " + balancer.evidence());
    return balancer;
  }

  /** As the load will ask, not /ready: a probe of ours is not to be taken for a balancer's. */
  private static boolean passes(@Nullable URI route, Sender sender) {
    if (route == null) {
      return false;
    }
    PlannedRequest request = PlannedRequest.number(0, Mix.parse("get=1"));
    CompletableFuture<Boolean> passed = new CompletableFuture<>();
    sender.send(
        route,
        request,
        new Sender.Callback() {
          @Override
          public void answered(Sender.Answer answer) {
            passed.complete(request.judge(answer.status(), answer.body()) == null);
          }

          @Override
          public void failed(Exception e) {
            passed.complete(false);
          }
        });
    return passed.completeOnTimeout(false, ONE_ANSWER.toMillis(), TimeUnit.MILLISECONDS).join();
  }

  private void showEvery(Duration interval, List<Instance> fleet) {
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
  private List<String> tail() throws InterruptedException {
    Map<String, Long> before = new LinkedHashMap<>();
    for (int round = 0; round <= settings.rounds(); round++) {
      before.put(version(round), tally.servedBy(version(round)));
    }
    do {
      TimeUnit.MILLISECONDS.sleep(TAIL.toMillis());
    } while (tally.sentSoFar() < settings.atLeast());
    return before.entrySet().stream()
        .filter(e -> tally.servedBy(e.getKey()) > e.getValue())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The fleet starts as v1; each round makes it the next. */
  private static String version(int round) {
    return "v" + (round + 1);
  }
}
