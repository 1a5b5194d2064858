package dev.zdd.examples.shop;

import dev.zdd.core.InFlightSection;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.page.StatusPage;
import dev.zdd.examples.Refusal;
import dev.zdd.flags.FileFlagSource;
import dev.zdd.flags.FileFlagStore;
import dev.zdd.flags.FlagAdmin;
import dev.zdd.flags.FlagChangePage;
import dev.zdd.flags.FlagMetrics;
import dev.zdd.flags.Flags;
import dev.zdd.flags.FlagsSection;
import dev.zdd.flags.MemoryFlagSource;
import dev.zdd.health.Checks;
import dev.zdd.health.Health;
import dev.zdd.health.HealthMetrics;
import dev.zdd.health.HikariCheck;
import dev.zdd.shutdown.DrainSection;
import dev.zdd.shutdown.GracefulShutdown;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts the shop, and lets its shutdown end the process. */
@Command(
    name = "serve",
    description = "Starts the shop.",
    mixinStandardHelpOptions = true,
    version = "",
    showDefaultValues = true)
public final class Serve implements Callable<Integer> {
  /** What {@code /work} answers, whatever the server. */
  public static final String WORK_ANSWER = Shop.WORK;

  /** What {@code /stream} answers when it is asked for {@code chunks}. */
  public static String streamAnswer(int chunks) {
    return Chunks.text(chunks);
  }

  private static final Logger log = LoggerFactory.getLogger(Serve.class);
  private static final int WORKERS = 16;

  @Option(names = "--server", description = "${COMPLETION-CANDIDATES}")
  private ServerKind server = ServerKind.JETTY;

  @Option(names = "--host", description = "the address to listen on")
  private String host = "127.0.0.1";

  @Option(names = "--port", required = true, description = "0 to 65535; 0 takes a free one")
  private int port;

  @Option(names = "--version", description = "what X-Shop-Version says")
  private String version = "v1";

  @Option(names = "--jdbc", description = "jdbc:postgresql://…, with a table orders")
  private @Nullable String jdbc;

  @Option(names = "--redis", description = "redis://…")
  private @Nullable String redis;

  @Option(names = "--flags", description = "a flag file; without it every flag is off")
  private @Nullable Path flagFile;

  @Option(
      names = "--flags-admin",
      description =
          "a file of one line, NAME:PASSWORD, for who changes flags at /flags; without it nobody can")
  private @Nullable Path administratorFile;

  @Option(
      names = "--announce",
      description = "a fixed time to go on serving after SIGTERM; without it, what is seen decides")
  private @Nullable Duration announce;

  @Option(
      names = "--announce-unprobed",
      description = "how long to go on serving if nobody asks for readiness")
  private Duration announceUnprobed = Duration.ofSeconds(5);

  @Option(
      names = "--refusals-needed",
      description = "how often the balancer must read \"not ready\" until it sends nothing more")
  private int refusalsNeeded = 3;

  @Option(
      names = "--not-a-balancer",
      description = "how the User-Agent begins of who asks for readiness and is not waited for")
  private List<String> notBalancers = List.of();

  @Option(
      names = "--idle",
      description = "how long a connection must be silent until it is closed, after the listener")
  private Duration idle = Duration.ofSeconds(5);

  @Option(names = "--deadline", description = "the bound over the whole shutdown")
  private Duration deadline = Duration.ofSeconds(25);

  @Option(names = "--http2", description = "speaks HTTP/2 too, in clear text")
  private boolean http2;

  @Option(names = "--no-drain", description = "ends at SIGTERM as a JVM does without zdd")
  private boolean noDrain;

  @Override
  public Integer call() throws Exception {
    start();
    // For ever: the shutdown ends the process, with a code of its own.
    new CountDownLatch(1).await();
    return 0;
  }

  /** A shop that serves. */
  record Running(int port, GracefulShutdown shutdown) {}

  Running start() throws Exception {
    checkSettings();
    FlagChangePage change = changePage();
    Lifecycle lifecycle = new Lifecycle();
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    Orders orders = jdbc == null ? null : Orders.at(jdbc);
    Sessions sessions = redis == null ? null : Sessions.at(redis);
    Flags flags = Flags.of(flagFile == null ? MemoryFlagSource.of() : FileFlagSource.of(flagFile));
    Shop shop =
        new Shop(
            port + " " + version,
            orders,
            sessions,
            flags.flag("new-checkout"),
            registry::scrape,
            workers);

    Health health = health(lifecycle, orders, sessions);
    new HealthMetrics(health).bindTo(registry);
    new FlagMetrics(flags).bindTo(registry);

    ShopEndpoints endpoints = new ShopEndpoints(health.endpoint());
    if (change != null) {
      endpoints.show(ShopEndpoints.FLAGS, change);
    }
    ShopServer listening = listen(shop, endpoints, lifecycle);

    // Closed in reverse: first what uses the others.
    GracefulShutdown.Builder shutdown =
        GracefulShutdown.builder(lifecycle)
            .server(listening.drain())
            .refusalsNeeded(refusalsNeeded)
            .idle(idle)
            .deadline(deadline)
            .close("metrics", registry::close)
            .close("flags", flags);
    notBalancers.forEach(userAgent -> shutdown.refusalsNeeded(userAgent, 0));
    if (announce == null) {
      shutdown.announceUnprobed(announceUnprobed);
    } else {
      shutdown.announce(announce);
    }
    if (orders != null) {
      shutdown.close("orders-db", orders.pool());
    }
    if (sessions != null) {
      shutdown.close("sessions", sessions);
    }
    shutdown.close("workers", workers::shutdown).close("health", health);
    if (listening instanceof AutoCloseable loops) {
      shutdown.close("event-loops", loops);
    }
    if (noDrain) {
      log.warn("--no-drain: SIGTERM will cut whatever is in flight");
    }
    GracefulShutdown drain = noDrain ? shutdown.build() : shutdown.install();
    endpoints.show(
        ShopEndpoints.STATUS,
        StatusPage.at(
            ShopEndpoints.STATUS,
            "shop " + version,
            health.section(),
            change == null ? FlagsSection.of(flags) : FlagsSection.of(flags, change),
            InFlightSection.of(lifecycle).withDetails(),
            DrainSection.of(drain).withDetails()));
    lifecycle.ready();
    log.info("shop {} on {} listens on {}:{}", version, server, host, listening.port());
    return new Running(listening.port(), drain);
  }

  /** Where flags are changed, in the file that they are read from; null if nobody may. */
  private @Nullable FlagChangePage changePage() throws IOException {
    if (administratorFile == null) {
      return null;
    }
    if (flagFile == null) {
      throw new Refusal("--flags-admin: without --flags (expected: a file to change them in)");
    }
    if (!InetAddress.getByName(host).isLoopbackAddress()) {
      log.warn("--flags-admin: {} takes the password in clear text: put TLS before it", host);
    }
    return FlagChangePage.at(
            ShopEndpoints.FLAGS,
            FlagAdmin.of(FileFlagStore.of(flagFile)),
            Administrator.in(administratorFile))
        .challenging(Administrator.CHALLENGE);
  }

  private void checkSettings() {
    if (port < 0 || port > 65_535) {
      throw new Refusal("--port: " + port + " (expected: 0 to 65535)");
    }
    if (!version.matches("[A-Za-z0-9._-]{1,40}")) {
      throw new Refusal("--version: expected 1 to 40 letters, digits, dots, hyphens, underscores");
    }
    shorterThanDeadline("--announce", announce == null ? Duration.ZERO : announce);
    shorterThanDeadline("--announce-unprobed", announceUnprobed);
    if (idle.isNegative() || idle.isZero()) {
      throw new Refusal("--idle: " + idle + " (expected: > 0)");
    }
    if (refusalsNeeded < 1) {
      throw new Refusal("--refusals-needed: " + refusalsNeeded + " (expected: >= 1)");
    }
  }

  private void shorterThanDeadline(String option, Duration time) {
    if (time.compareTo(deadline) >= 0) {
      throw new Refusal(option + ": " + time + " (expected: < --deadline " + deadline + ")");
    }
  }

  private static Health health(
      Lifecycle lifecycle, @Nullable Orders orders, @Nullable Sessions sessions) {
    Health.Builder health = Health.builder(lifecycle).liveness("deadlock", Checks.deadlock());
    if (orders != null) {
      health
          .readiness("orders-db", HikariCheck.of(orders.pool()))
          .startup("schema", orders::schema);
    }
    if (sessions != null) {
      health.readiness("sessions", sessions, c -> c.optional());
    }
    return health.start();
  }

  private ShopServer listen(Shop shop, Endpoint endpoint, Lifecycle lifecycle) throws Exception {
    Map<String, String> headers =
        Map.of("X-Shop-Version", version, "X-Shop-Instance", String.valueOf(port));
    try {
      return switch (server) {
        case JETTY -> ShopOnJetty.start(host, port, shop, headers, endpoint, lifecycle, http2);
        case TOMCAT -> ShopOnTomcat.start(host, port, shop, headers, endpoint, lifecycle, http2);
        case JDK -> ShopOnJdk.start(host, port, shop, headers, endpoint, lifecycle);
        case UNDERTOW -> ShopOnUndertow.start(host, port, shop, headers, endpoint, lifecycle);
        case NETTY -> ShopOnNetty.start(host, port, shop, headers, endpoint, lifecycle, http2);
      };
    } catch (Exception e) {
      if (ShopServer.isPortTaken(e)) {
        throw new Refusal(
            "--port: " + port + " on " + host + " is in use or not ours (expected: a free one)", e);
      }
      throw e;
    }
  }
}
