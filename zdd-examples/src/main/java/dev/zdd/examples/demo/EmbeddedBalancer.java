package dev.zdd.examples.demo;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Undertow's load balancing proxy in this process: round robin over the instances whose {@code
 * /ready} said yes when it was last asked.
 */
final class EmbeddedBalancer implements Balancer {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedBalancer.class);

  private static final long PROBE_MILLIS = 100;
  private static final int CONNECTIONS_PER_THREAD = 256;
  private static final int QUEUE = 1000;
  // Another instance is tried if one refuses the connection: nothing of the request was sent yet.
  private static final int CONNECTION_TRIES = 3;

  private final LoadBalancingProxyClient hosts =
      new LoadBalancingProxyClient()
          .setConnectionsPerThread(CONNECTIONS_PER_THREAD)
          .setMaxQueueSize(QUEUE)
          .setProblemServerRetry(1);
  private final ScheduledExecutorService probes;
  private final Undertow server;

  private final URI address;
  private final String scheme;

  private EmbeddedBalancer(int port, int instances, Protocol protocol) {
    this.address = URI.create("http://127.0.0.1:" + port);
    this.scheme = protocol == Protocol.H2 ? "h2c-prior" : "http";
    this.probes = Executors.newScheduledThreadPool(instances, EmbeddedBalancer::daemon);
    this.server =
        Undertow.builder()
            .addHttpListener(port, "127.0.0.1")
            .setIoThreads(2)
            .setServerOption(UndertowOptions.ENABLE_HTTP2, protocol == Protocol.H2)
            .setHandler(
                ProxyHandler.builder()
                    .setProxyClient(hosts)
                    .setMaxConnectionRetries(CONNECTION_TRIES)
                    .build())
            .build();
  }

  static EmbeddedBalancer start(int port, List<Integer> instances, Protocol protocol) {
    EmbeddedBalancer balancer = new EmbeddedBalancer(port, instances.size(), protocol);
    balancer.server.start();
    for (int instance : instances) {
      var unused =
          balancer.probes.scheduleWithFixedDelay(
              balancer.new Follower(instance), 0, PROBE_MILLIS, TimeUnit.MILLISECONDS);
    }
    return balancer;
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "balancer-probe");
    thread.setDaemon(true);
    return thread;
  }

  /** Follows the readiness of one instance. Run by one thread at a time. */
  private final class Follower implements Runnable {
    private final int port;
    private boolean listed;

    Follower(int port) {
      this.port = port;
    }

    @Override
    public void run() {
      try {
        follow();
      } catch (RuntimeException e) {
        // Thrown from here it would end the schedule, and with it every later change.
        log.error("following 127.0.0.1:{} failed", port, e);
      }
    }

    private void follow() {
      boolean ready = ReadyProbe.OF_BALANCER.isReady(port);
      if (ready == listed) {
        return;
      }
      URI host = URI.create(scheme + "://127.0.0.1:" + port);
      if (ready) {
        hosts.addHost(host);
      } else {
        hosts.removeHost(host);
      }
      listed = ready;
      log.info("127.0.0.1:{} is {}", port, ready ? "in" : "out");
    }
  }

  @Override
  public URI route() {
    return address;
  }

  @Override
  public String evidence() {
    return "the embedded balancer sends to " + hosts.getAllTargets();
  }

  @Override
  public void close() {
    probes.shutdownNow();
    server.stop();
  }
}
