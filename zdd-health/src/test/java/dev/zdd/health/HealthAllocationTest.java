package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.EndpointRequest;
import java.lang.management.ManagementFactory;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthAllocationTest {
  private static final int CALLS = 20_000;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Lifecycle lifecycle = new Lifecycle();
  private @Nullable Health health;
  private long answered; // keeps the calls from being optimized away

  @AfterEach
  void stop() {
    if (health != null) {
      health.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void aPlainProbeAllocatesNothingHoweverManyChecksThereAre(int checks) {
    Health up = start(checks, HealthResult.up());
    lifecycle.ready();
    assertAllocatesNothing(up, "/ready", 200);
    assertAllocatesNothing(up, "/healthz", 200);
    assertAllocatesNothing(up, "/startup", 200);
    lifecycle.drain("SIGTERM");
    assertAllocatesNothing(up, "/ready", 503);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void aRefusalAllocatesNothingHoweverManyChecksAreDown(int checks) {
    Health down = start(checks, HealthResult.down("refused"));
    lifecycle.ready();
    assertAllocatesNothing(down, "/ready", 503);
  }

  @Test
  void theMeasurementSeesWhatIsAllocated() {
    Health up = start(1, HealthResult.up());
    lifecycle.ready();
    assertThat(allocated(up, new Kubelet("/ready", "exclude=nobody"), 200))
        .isGreaterThan(CALLS * 16L);
  }

  private void assertAllocatesNothing(Health health, String path, int status) {
    Kubelet request = new Kubelet(path, null);
    allocated(health, request, status); // warm: classes, and who asks is known from here on
    // Less than a byte in ten calls: the measurement, and what the JIT may do on this thread.
    assertThat(allocated(health, request, status)).as(path).isLessThan(CALLS / 10);
  }

  private long allocated(Health health, EndpointRequest request, int status) {
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    for (int n = 0; n < CALLS; n++) {
      int answer = health.endpoint().handle(request).status();
      answered += answer == status ? 1 : 0;
    }
    long bytes = threads.getThreadAllocatedBytes(thread) - before;
    assertThat(answered).as("answers of " + status).isEqualTo(CALLS);
    answered = 0;
    return bytes;
  }

  private Health start(int checks, HealthResult result) {
    Health.Builder builder = Health.builder(lifecycle);
    for (int i = 0; i < checks; i++) {
      builder.readiness("check-" + i, () -> result);
    }
    Health started = builder.start();
    health = started;
    await()
        .until(() ->
            started.snapshot(Probe.READINESS).checks().stream()
                .noneMatch(check -> check.status() == Status.UNKNOWN));
    return started;
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
