package dev.zdd.benchmarks;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.health.Health;
import dev.zdd.health.HealthResult;
import dev.zdd.health.Probe;
import dev.zdd.health.Status;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One probe, from the adapter's call to the answer that it copies. The checks run meanwhile, every
 * 5 s by default, as in an application. The request is there before, and its headers are in a map:
 * what a server takes to find one is not measured.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class HealthEndpointBenchmark {
  private static final EndpointRequest READY = new Kubelet("/ready", null);
  private static final EndpointRequest ALIVE = new Kubelet("/healthz", null);
  private static final EndpointRequest ONE = new Kubelet("/ready/check-0", null);
  private static final EndpointRequest VERBOSE = new Kubelet("/ready", "verbose");

  /** {@code /ready}, 200. */
  @Benchmark
  public EndpointResponse ready(Serving health) {
    return health.endpoint.handle(READY);
  }

  /** {@code /ready}, 503: the process drains. */
  @Benchmark
  public EndpointResponse draining(Draining health) {
    return health.endpoint.handle(READY);
  }

  /** {@code /ready}, 503: every check is down. */
  @Benchmark
  public EndpointResponse down(Failing health) {
    return health.endpoint.handle(READY);
  }

  /** {@code /healthz}, 200. */
  @Benchmark
  public EndpointResponse alive(Serving health) {
    return health.endpoint.handle(ALIVE);
  }

  /** {@code /ready/NAME}, 200. */
  @Benchmark
  public EndpointResponse oneCheck(Serving health) {
    return health.endpoint.handle(ONE);
  }

  /** {@code /ready?verbose}: written anew for each request, under 10 KiB. */
  @Benchmark
  public EndpointResponse verbose(Serving health) {
    return health.endpoint.handle(VERBOSE);
  }

  /** Checks that are up, of a process in service. */
  @State(Scope.Benchmark)
  public static class Serving extends Checked {
    @Setup
    public void start() {
      start(HealthResult.up());
    }
  }

  /** Checks that are up, of a process that leaves. */
  @State(Scope.Benchmark)
  public static class Draining extends Checked {
    @Setup
    public void start() {
      start(HealthResult.up());
      lifecycle.drain("SIGTERM");
    }
  }

  /** Checks that are down, of a process in service. */
  @State(Scope.Benchmark)
  public static class Failing extends Checked {
    @Setup
    public void start() {
      start(HealthResult.down("refused"));
    }
  }

  /** A health with some checks, each of which has been run. */
  @State(Scope.Benchmark)
  public abstract static class Checked {
    @Param({"1", "10", "1000"})
    public int checks;

    final Lifecycle lifecycle = new Lifecycle();
    Endpoint endpoint;
    private Health health;

    void start(HealthResult result) {
      Health.Builder builder = Health.builder(lifecycle);
      for (int i = 0; i < checks; i++) {
        builder.readiness("check-" + i, () -> result);
      }
      health = builder.start();
      lifecycle.ready();
      endpoint = health.endpoint();
      while (health.snapshot(Probe.READINESS).checks().stream()
          .anyMatch(check -> check.status() == Status.UNKNOWN)) {
        Thread.onSpinWait();
      }
    }

    @TearDown
    public void stop() {
      health.close();
    }
  }

  /** A probe as kubelet sends it. */
  private record Kubelet(String path, @Nullable String query) implements EndpointRequest {
    private static final Map<String, String> HEADERS =
        Map.of("User-Agent", "kube-probe/1.34", "Accept", "*/*", "Connection", "close");

    @Override
    public String method() {
      return "GET";
    }

    @Override
    public @Nullable String header(String name) {
      return HEADERS.get(name);
    }

    @Override
    public String remoteAddress() {
      return "10.0.0.7";
    }
  }
}
