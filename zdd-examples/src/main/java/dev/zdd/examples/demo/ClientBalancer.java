package dev.zdd.examples.demo;

import java.net.URI;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A balancer in the client: the load itself goes round the instances whose {@code /ready} answered
 * 200 when it was last asked, which is five times a second.
 */
final class ClientBalancer implements Balancer {
  static final long PROBE_MILLIS = 200;

  private static final Logger log = LoggerFactory.getLogger(ClientBalancer.class);

  private final List<URI> instances;
  private final ScheduledExecutorService probes;
  private final AtomicInteger turn = new AtomicInteger();

  // Replaced, never changed: a request reads it once. Written under this.
  private volatile List<URI> ready = List.of();

  private ClientBalancer(List<URI> instances) {
    this.instances = instances;
    this.probes = Executors.newScheduledThreadPool(instances.size(), ClientBalancer::daemon);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "client-probe");
    thread.setDaemon(true);
    return thread;
  }

  static ClientBalancer start(List<Integer> ports) {
    ClientBalancer balancer =
        new ClientBalancer(
            ports.stream().map(port -> URI.create("http://127.0.0.1:" + port)).toList());
    for (URI instance : balancer.instances) {
      var unused =
          balancer.probes.scheduleWithFixedDelay(
              () -> balancer.noted(instance, ReadyProbe.OF_BALANCER.isReady(instance.getPort())),
              0,
              PROBE_MILLIS,
              TimeUnit.MILLISECONDS);
    }
    return balancer;
  }

  private synchronized void noted(URI instance, boolean isReady) {
    if (isReady != ready.contains(instance)) {
      ready =
          instances.stream()
              .filter(one -> one.equals(instance) ? isReady : ready.contains(one))
              .toList();
      log.info("{} is {}", instance, isReady ? "in" : "out");
    }
  }

  @Override
  public @Nullable URI route() {
    List<URI> now = ready;
    return now.isEmpty() ? null : now.get(Math.floorMod(turn.getAndIncrement(), now.size()));
  }

  @Override
  public String evidence() {
    return "the client sends to " + ready;
  }

  @Override
  public void close() {
    probes.shutdownNow();
  }
}
