package dev.zdd.shutdown;

import dev.zdd.core.Lifecycle;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What {@link SignalTest} runs in a JVM of its own: one small service for each scenario. */
final class SignalledProgram {
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private SignalledProgram() {}

  public static void main(String[] args) throws Exception {
    Lifecycle lifecycle = new Lifecycle();
    GracefulShutdown.Builder builder =
        GracefulShutdown.builder(lifecycle)
            .announce(Duration.ofMillis(100))
            .deadline(Duration.ofSeconds(19))
            .settle(Duration.ofSeconds(9))
            .step(Duration.ofSeconds(3))
            .server(new RecordingServer())
            .close("database", () -> System.out.println("database closed"));
    switch (args[0]) {
      case "clean", "shut-down-by-application", "starting" -> {}
      case "exit-in-request" -> builder.settle(Duration.ofSeconds(1));
      case "timed" -> builder.announce(Duration.ZERO);
      case "as-signalled" -> builder.exitCodeWhenClean(143);
      case "report-file" -> builder.reportFile(Path.of(System.getProperty("report.file")));
      case "reload" -> builder.onHangup(() -> System.out.println("reloaded"));
      case "reload-fails" ->
          builder.onHangup(() -> {
            throw new IllegalStateException("no such file");
          });
      case "long-request" -> {
        long ticket = lifecycle.inFlight().begin("GET", "/long");
        lifecycle.onTransition(t -> {
          if (t.to() == Lifecycle.State.DRAINING) {
            new Thread(() -> endSoon(lifecycle, ticket)).start();
          }
        });
      }
      case "class-loader" ->
          builder.close(
              "loader",
              () -> System.out.println("loader " + Thread.currentThread().getContextClassLoader()));
      case "foreign-hook-exits" -> {
        builder.deadline(Duration.ofSeconds(5)).settle(Duration.ofSeconds(3));
        // A hook that calls exit waits for the lock that the JVM's shutdown holds: for ever.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.exit(3)));
      }
      case "stuck" -> {
        builder.settle(Duration.ofSeconds(1));
        lifecycle.inFlight().begin("GET", "/stuck");
      }
      case "stuck-at-the-deadline" -> {
        builder.deadline(Duration.ofSeconds(4)).settle(Duration.ofSeconds(4));
        lifecycle.inFlight().begin("GET", "/stuck");
      }
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
      case "foreign-hook-hangs" -> {
        builder.deadline(Duration.ofSeconds(5)).settle(Duration.ofSeconds(3));
        Runtime.getRuntime().addShutdownHook(new Thread(SignalledProgram::hang));
      }
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
              "failing", () -> System.out.println(new long[Integer.MAX_VALUE - 8].length));
      default -> throw new IllegalArgumentException(args[0]);
    }
    GracefulShutdown shutdown = builder.install();
    if (!args[0].equals("starting")) {
      lifecycle.ready();
    }
    if (args[0].equals("shut-down-by-application")) {
      shutdown.shutdown("application").join();
    }
    System.out.println("ready");
    if (args[0].equals("exit-by-application")) {
      System.exit(7);
    }
    if (args[0].equals("timed")) {
      timed(lifecycle);
    }
    if (args[0].equals("exit-in-request")) {
      lifecycle.inFlight().begin("GET", "/exit");
      System.exit(8);
    }
    hang();
  }

  /** Sends itself a signal and looks how long it takes until readiness would say no. */
  private static void timed(Lifecycle lifecycle) throws Exception {
    long ticket = lifecycle.inFlight().begin("GET", "/last");
    // By the process itself, because the start of a "kill" is not what is measured; by reflection,
    // because javac warns of this class and that warning cannot be silenced.
    Class<?> type = Class.forName("sun.misc.Signal");
    Object term = type.getConstructor(String.class).newInstance("TERM");
    Method raise = type.getMethod("raise", type);
    CompletableFuture<Long> unready = new CompletableFuture<>();
    lifecycle.onTransition(t -> {
      if (t.to() == Lifecycle.State.DRAINING) {
        unready.complete(System.nanoTime()); // readiness says no from a moment before
      }
    });
    long start = System.nanoTime();
    raise.invoke(null, term);
    System.out.println("unready after ns: " + (unready.join() - start));
    TimeUnit.SECONDS.sleep(1);
    Instant now = Instant.now();
    lifecycle.inFlight().end(ticket);
    System.out.println(
        "last request done at ns: " + (now.getEpochSecond() * 1_000_000_000 + now.getNano()));
  }

  private static void endSoon(Lifecycle lifecycle, long ticket) {
    try {
      TimeUnit.SECONDS.sleep(2);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lifecycle.inFlight().end(ticket);
  }

  private static void hang() {
    try {
      NEVER.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
