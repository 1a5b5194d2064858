package dev.zdd.health;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;

/** A health under test, closed after it; and its answers as one line each. */
abstract class HealthFixture {
  /** So that a test waits for milliseconds. */
  static final UnaryOperator<CheckOptions> QUICK =
      c ->
          c.every(Duration.ofMillis(400))
              .timeout(Duration.ofMillis(400))
              .recheck(Duration.ofMillis(20));

  final Lifecycle lifecycle = new Lifecycle();
  final Health.Builder builder = Health.builder(lifecycle);
  Health health = Health.builder(lifecycle).start();

  @AfterEach
  void close() {
    health.close();
  }

  Health start(Health.Builder configured) {
    health.close();
    health = configured.start();
    return health;
  }

  Status status(Probe probe) {
    return health.snapshot(probe).status();
  }

  CheckSnapshot check(Probe probe, String name) {
    return health.snapshot(probe).checks().stream()
        .filter(check -> check.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** "200 {...}" of a GET. */
  String get(String target) {
    return text(health.endpoint().handle(request(target)));
  }

  static String text(EndpointResponse response) {
    return response.status() + " " + new String(response.body(), StandardCharsets.UTF_8);
  }

  static EndpointRequest request(String target) {
    int question = target.indexOf('?');
    return question < 0
        ? EndpointRequest.of("GET", target, null)
        : EndpointRequest.of("GET", target.substring(0, question), target.substring(question + 1));
  }
}
