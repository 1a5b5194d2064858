package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One service behind one balancer: three instances, each replaced again and again under the demo's
 * load. It differs from the demo's own roll in the preStop hook, and in that a loss is a result and
 * no failure.
 */
final class Comparison {
  private static final Mix MIX = Mix.parse("get=50,post=50,ws=0");
  private static final int INSTANCES = 3;
  private static final Duration START_LIMIT = Duration.ofMinutes(3);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(90);
  private static final Duration LEAD = LoadGenerator.RAMP.plusSeconds(1);
  private static final Duration TAIL = Duration.ofSeconds(2);

  /**
   * What came of it.
   *
   * @param stops seconds from the begin of each stop to the exit, a preStop sleep included, sorted
   */
  record Cell(
      String name,
      Balancer.Kind balancer,
      Count get,
      Count post,
      List<Double> stops,
      double loadAverage) {
    Cell {
      stops = stops.stream().sorted().toList();
    }
  }

  /** Requests of one method. */
  record Count(long sent, long failed) {
    double perTenThousand() {
      return sent == 0 ? 0 : 1e4 * failed / sent;
    }
  }

  private final Contender contender;
  private final Balancer.Kind kind;
  private final int rounds;
  private final double perSecond;
  private final Path directory;
  private final PrintStream out;
  private final Timeline timeline = new Timeline();
  private final Tally tally = new Tally();
  private final List<Double> stops = new ArrayList<>();

  Comparison(
      Contender contender,
      Balancer.Kind kind,
      int rounds,
      double perSecond,
      Path directory,
      PrintStream out) {
    this.contender = contender;
    this.kind = kind;
    this.rounds = rounds;
    this.perSecond = perSecond;
    this.directory = directory;
    this.out = out;
  }

  /** Runs it; {@code cleanup} ends its processes. */
  Cell run(Cleanup cleanup) throws InterruptedException {
    Ports ports = new Ports();
    List<Instance> fleet = new ArrayList<>();
    for (int i = 1; i <= INSTANCES; i++) {
      Instance instance =
          new Instance("shop-" + i, ports.next(), contender.launch(), directory, timeline);
      fleet.add(cleanup.later(instance.name(), instance));
      instance.start("v1");
    }
    for (Instance instance : fleet) {
      instance.awaitReady(START_LIMIT);
    }
    LoadGenerator load = cleanup.later("the load", load(fleet, ports.next(), cleanup));
    load.start();
    TimeUnit.MILLISECONDS.sleep(LEAD.toMillis());
    for (int round = 1; round <= rounds; round++) {
      for (Instance instance : fleet) {
        replace(instance, "v" + (round + 1));
      }
      out.printf(
          "    round %d of %d: %,d sent, %s%n",
          round, rounds, tally.sentSoFar(), Words.failures(tally));
      out.flush();
    }
    TimeUnit.MILLISECONDS.sleep(TAIL.toMillis());
    if (!load.stop()) {
      throw new Refusal("some requests have neither been answered nor failed");
    }
    return new Cell(
        contender.name(),
        kind,
        count(Kind.GET),
        count(Kind.POST),
        stops,
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }

  private LoadGenerator load(List<Instance> fleet, int port, Cleanup cleanup)
      throws InterruptedException {
    Balancer balancer =
        cleanup.later(
            "the balancer",
            kind.start(port, fleet.stream().map(Instance::port).toList(), Protocol.H1, directory));
    Patience.until(
        "the balancer to pass requests on",
        Duration.ofSeconds(20),
        () -> passes(balancer.route()),
        balancer::evidence);
    return new LoadGenerator(
        balancer::route,
        Sender.over(Protocol.H1, LoadGenerator.TIMEOUT, LoadGenerator.MOST_IN_FLIGHT),
        MIX,
        perSecond,
        timeline,
        tally,
        new Posts(),
        0);
  }

  private static boolean passes(@Nullable URI route) {
    return route != null && ReadyProbe.OF_DEPLOYMENT.isReady(route.getPort());
  }

  private Count count(Kind requests) {
    Tally.OfKind its = tally.of(requests);
    return new Count(its.sent.sum(), its.failed.sum());
  }

  private void replace(Instance instance, String next) throws InterruptedException {
    double from = timeline.now();
    if (!contender.withdraw().isEmpty()) {
      withdraw(instance.port());
    }
    TimeUnit.MILLISECONDS.sleep(contender.preStop().toMillis());
    instance.stop(STOP_LIMIT);
    stops.add(timeline.now() - from);
    instance.start(next);
    instance.awaitReady(START_LIMIT);
    String served = String.valueOf(instance.port());
    Patience.until(
        "the balancer to use " + instance.name() + " again",
        START_LIMIT,
        () -> tally.servedBy(served, next) > 0,
        () -> "no answer has come from port " + served + " as " + next);
    TimeUnit.MILLISECONDS.sleep(kind.settle().toMillis());
  }

  private void withdraw(int port) throws InterruptedException {
    URI hook = URI.create("http://127.0.0.1:" + port + contender.withdraw());
    try {
      int status =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(hook)
                      .timeout(Duration.ofSeconds(5))
                      .POST(BodyPublishers.noBody())
                      .build(),
                  BodyHandlers.discarding())
              .statusCode();
      if (status / 100 != 2) {
        throw new Refusal(String.format(Locale.ROOT, "withdraw: POST %s: %d", hook, status));
      }
    } catch (IOException e) {
      throw new Refusal("withdraw: POST " + hook + ": " + e.getMessage(), e);
    }
  }
}
