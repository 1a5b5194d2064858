package dev.zdd.shutdown;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Consumers of a group are replaced one by one while messages come. */
@Timeout(60)
class KafkaShapedConsumerTest {
  private record Instance(GracefulShutdown shutdown) {}

  private final InMemoryBroker broker = new InMemoryBroker(6);
  private final Map<String, AtomicInteger> handled = new ConcurrentHashMap<>();

  private Instance startInstance() {
    Lifecycle lifecycle = new Lifecycle();
    PollLoop<InMemoryBroker.Message> loop =
        PollLoop.start(
            lifecycle,
            "orders",
            broker.join(),
            message -> {
              handled.computeIfAbsent(message.value(), v -> new AtomicInteger()).incrementAndGet();
              Thread.yield();
            });
    lifecycle.ready();
    return new Instance(
        GracefulShutdown.builder(lifecycle).announce(Duration.ZERO).server("orders", loop).build());
  }

  @Test
  void aRollingRestartOfTheConsumersProcessesEachMessageOnce() throws Exception {
    Queue<Instance> instances = new ArrayDeque<>();
    instances.add(startInstance());
    instances.add(startInstance());
    AtomicInteger sent = new AtomicInteger();
    AtomicInteger stop = new AtomicInteger();
    Thread producer =
        new Thread(() -> {
          while (stop.get() == 0) {
            broker.send("m" + sent.incrementAndGet());
            if (sent.get() % 20 == 0) {
              java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            }
          }
        });
    producer.start();

    for (int i = 0; i < 20; i++) {
      instances.add(startInstance());
      int before = handled.size();
      await().pollInterval(Duration.ofMillis(5)).until(() -> handled.size() > before + 100);
      DrainReport report = instances.remove().shutdown().shutdown("test").get(20, SECONDS);
      assertThat(report.clean()).as(report.summary()).isTrue();
    }

    stop.set(1);
    producer.join();
    await().until(() -> broker.lag() == 0);
    assertThat(handled).hasSize(sent.get());
    assertThat(handled.values()).extracting(AtomicInteger::get).containsOnly(1);
    for (Instance instance : instances) {
      instance.shutdown().shutdown("test").get(20, SECONDS);
    }
  }

  @Test
  void aMessageThatFailsOnceIsProcessedAfterASeekBackAndNothingIsSkipped() {
    AtomicInteger failures = new AtomicInteger();
    Lifecycle lifecycle = new Lifecycle();
    PollLoop<InMemoryBroker.Message> loop =
        PollLoop.start(
            lifecycle,
            "orders",
            broker.join(),
            message -> {
              if (message.value().endsWith("7") && failures.getAndIncrement() == 0) {
                throw new IllegalStateException("try me again");
              }
              handled.computeIfAbsent(message.value(), v -> new AtomicInteger()).incrementAndGet();
            });
    for (int i = 0; i < 100; i++) {
      broker.send("m" + i);
    }
    await().until(() -> broker.lag() == 0);
    assertThat(failures).hasValueGreaterThan(1);
    assertThat(handled).hasSize(100);
    assertThat(handled.values()).extracting(AtomicInteger::get).containsOnly(1);
    loop.announce();
    await().until(() -> loop.open() == 0);
  }
}
