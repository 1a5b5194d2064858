package dev.zdd.examples.demo;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Replaces a fleet by its next version, one instance at a time: SIGTERM, wait for the exit, start
 * the new version in its place, wait until it is ready and the balancer uses it again.
 */
final class RollingDeployment {
  static final Duration START_LIMIT = Duration.ofSeconds(60);
  static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  private final List<Instance> instances;
  private final Tally tally;
  private final Duration settle;
  private final int restarts;
  private final Display display;
  private int restart;

  /** {@code restarts} is how many there will be, for the display. */
  RollingDeployment(
      List<Instance> instances, Tally tally, Duration settle, int restarts, Display display) {
    this.instances = instances;
    this.tally = tally;
    this.settle = settle;
    this.restarts = restarts;
    this.display = display;
  }

  /** Starts all at once, and returns when all are ready. */
  void launch(String version) throws InterruptedException {
    for (Instance instance : instances) {
      instance.start(version);
    }
    for (Instance instance : instances) {
      instance.awaitReady(START_LIMIT);
      display.event(instance.name() + " " + version + " is ready on port " + instance.port());
    }
  }

  void roll(String next) throws InterruptedException {
    for (Instance instance : instances) {
      replace(instance, next);
    }
  }

  private void replace(Instance instance, String next) throws InterruptedException {
    String name = instance.name();
    restart++;
    display.event(
        String.format(
            "SIGTERM to %s %s (restart %d of %d)", name, instance.version(), restart, restarts));
    Timeline.Exit exit = instance.stop(STOP_LIMIT);
    display.event(
        String.format(
            "%s %s exited with code %d, %.2f s after SIGTERM",
            name, exit.version(), exit.code(), exit.seconds()));
    instance.start(next);
    instance.awaitReady(START_LIMIT);
    display.event(name + " " + next + " is ready");
    // The only proof that the balancer has it back, and the same one for every balancer: an answer
    // that it gave.
    String served = String.valueOf(instance.port());
    Patience.until(
        "the balancer to use " + name + " again",
        START_LIMIT,
        () -> tally.servedBy(served, next) > 0,
        () -> "no answer has come from port " + served + " as " + next);
    TimeUnit.MILLISECONDS.sleep(settle.toMillis());
  }
}
