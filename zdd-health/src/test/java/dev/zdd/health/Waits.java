package dev.zdd.health;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Waits that look often: what is waited for here mostly takes milliseconds. */
final class Waits {
  private Waits() {}

  static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofSeconds(15)).pollInterval(Duration.ofMillis(5));
  }
}
