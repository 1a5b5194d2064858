package dev.zdd.examples.worker;

import dev.zdd.core.Lifecycle;
import dev.zdd.examples.Refusal;
import dev.zdd.health.Checks;
import dev.zdd.health.Health;
import dev.zdd.health.LettuceCheck;
import dev.zdd.httpserver.EndpointListener;
import dev.zdd.shutdown.GracefulShutdown;
import dev.zdd.shutdown.LettuceClose;
import dev.zdd.shutdown.PollLoop;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Ships orders from a Redis stream until SIGTERM; then it finishes what it has taken, acknowledges
 * it, and ends. Several of them share a stream, and can be replaced one by one.
 */
@Command(
    name = "worker",
    description = "Ships orders from a Redis stream.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public final class Worker implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  @Option(names = "--redis", required = true, description = "redis://…")
  private String redis = "";

  @Option(names = "--stream", description = "the stream to read")
  private String stream = "orders";

  @Option(names = "--group", description = "the consumer group that shares it")
  private String group = "shipping";

  @Option(
      names = "--consumer",
      description = "this instance's name in the group, the same at each start")
  private String consumer = "worker-1";

  @Option(
      names = "--probes",
      description = "HOST:PORT to answer /healthz, /ready and /startup on; port 0 takes a free one")
  private String probes = "127.0.0.1:0";

  @Option(names = "--deadline", description = "the bound over the whole shutdown")
  private Duration deadline = Duration.ofSeconds(25);

  @Override
  public Integer call() throws Exception {
    Lifecycle lifecycle = new Lifecycle();
    start(lifecycle, redis, stream, group, consumer, address(probes)).deadline(deadline).install();
    lifecycle.ready();
    log.info("{} of {} reads {}", consumer, group, stream);
    // For ever: the shutdown ends the process, with a code of its own.
    new CountDownLatch(1).await();
    return 0;
  }

  /** The worker at work, and how to shut it down. */
  static GracefulShutdown.Builder start(
      Lifecycle lifecycle,
      String redis,
      String stream,
      String group,
      String consumer,
      InetSocketAddress address)
      throws IOException {
    RedisClient client = RedisClient.create(uri(redis));
    LettuceClose close = LettuceClose.of(client);
    // Not the source's: that one blocks.
    StatefulRedisConnection<String, String> shipped = client.connect();
    Health health =
        Health.builder(lifecycle)
            .liveness("deadlock", Checks.deadlock())
            .readiness("redis", LettuceCheck.of(shipped))
            .start();
    EndpointListener probes = EndpointListener.open(address, health.endpoint());
    PollLoop<StreamMessage<String, String>> orders =
        PollLoop.start(
            lifecycle,
            stream,
            RedisStreamSource.of(client, stream, group, consumer),
            message -> shipped.sync().hincrby("shipped", message.getId(), 1));
    // No balancer has to notice: the loop stops asking at T0, so there is no announce phase. The
    // probes are the first step, and so the last to close: they are answered to the end.
    return GracefulShutdown.builder(lifecycle)
        .announce(Duration.ZERO)
        .server(stream, orders)
        .close("probes", probes)
        .close("health", health)
        .close("redis", close);
  }

  private static InetSocketAddress address(String probes) {
    int colon = probes.lastIndexOf(':');
    try {
      return new InetSocketAddress(
          probes.substring(0, colon), Integer.parseInt(probes.substring(colon + 1)));
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new Refusal("--probes: \"" + probes + "\" (expected: HOST:PORT)", e);
    }
  }

  private static RedisURI uri(String redis) {
    try {
      return RedisURI.create(redis);
    } catch (IllegalArgumentException e) {
      // Not repeated: a URL may hold a password.
      throw new Refusal("--redis: not a Redis URL (expected: redis://HOST:PORT)", e);
    }
  }
}
