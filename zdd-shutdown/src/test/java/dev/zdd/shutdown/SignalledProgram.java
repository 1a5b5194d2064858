package dev.zdd.shutdown;

import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** What {@link SignalTest} runs in a JVM of its own: one small service for each scenario. */
final class SignalledProgram {
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private SignalledProgram() {}

  public static void main(String[] args) throws Exception {
    Lifecycle lifecycle = new Lifecycle();
    GracefulShutdown.Builder builder =
        GracefulShutdown.builder(lifecycle)
            .announce(Duration.ofMillis(100))
            .deadline(Duration.ofSeconds(3))
            .settle(Duration.ofSeconds(3))
            .step(Duration.ofSeconds(1))
            .server(new RecordingServer())
            .close("database", () -> System.out.println("database closed"));
    switch (args[0]) {
      case "clean", "shut-down-by-application" -> {}
      case "stuck" -> lifecycle.inFlight().begin("GET", "/stuck");
      case "long-announce" ->
          builder.deadline(Duration.ofSeconds(60)).announce(Duration.ofSeconds(50));
      case "stuck-long" -> {
        builder.deadline(Duration.ofSeconds(60)).settle(Duration.ofSeconds(50));
        lifecycle.inFlight().begin("GET", "/stuck");
      }
      case "foreign-hook" ->
          // What a logging framework or a container does, the moment the JVM shuts down.
          Runtime.getRuntime()
              .addShutdownHook(new Thread(() -> System.out.println("foreign hook ran")));
      case "foreign-hook-hangs" ->
          Runtime.getRuntime().addShutdownHook(new Thread(SignalledProgram::hang));
      case "exit-in-step" -> builder.close("exiting", () -> System.exit(9));
      case "exit-during-announce" -> {
        builder.announce(Duration.ofSeconds(1));
        lifecycle.onTransition(t -> {
          if (t.to() == Lifecycle.State.DRAINING) {
            new Thread(() -> System.exit(9)).start();
          }
        });
      }
      case "exit-by-application" -> {}
      case "out-of-memory" ->
          builder.close(
              "failing",
              () -> {
                throw new OutOfMemoryError("simulated");
              });
      default -> throw new IllegalArgumentException(args[0]);
    }
    GracefulShutdown shutdown = builder.install();
    lifecycle.ready();
    if (args[0].equals("shut-down-by-application")) {
      shutdown.shutdown("application").join();
    }
    System.out.println("ready");
    if (args[0].equals("exit-by-application")) {
      System.exit(7);
    }
    hang();
  }

  private static void hang() {
    try {
      NEVER.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
