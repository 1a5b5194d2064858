package dev.zdd.examples.demo;

import dev.zdd.examples.kubelet.Kubelet;
import dev.zdd.examples.kubelet.PodProbes;
import dev.zdd.examples.kubelet.ProbeType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kubernetes without Kubernetes: a Service that knows of a pod's end only some time after the pod
 * does. A deleted pod gets SIGTERM at once, while its removal from the endpoints is on its way to
 * every node; until it has arrived, new connections come all the same. Here it takes 0 to 10 s,
 * another time for each pod.
 *
 * <p>A {@link Kubelet} asks the probes of docs/kubernetes/deployment.yaml, and makes an endpoint of
 * a pod that is ready. The data path is HAProxy as kube-proxy: it chooses once for each connection,
 * asks nobody and retries nothing.
 */
final class KubernetesBalancer implements Balancer {
  /** The longest time from SIGTERM until no new connection comes. */
  static final Duration LONGEST_REMOVAL = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(KubernetesBalancer.class);
  private static final Duration SOCKET_LIMIT = Duration.ofSeconds(10);

  private final URI service;
  private final Path socket;
  private final ProcessBalancer proxy;
  private final Kubelet kubelet;
  private final ScheduledExecutorService removals =
      Executors.newSingleThreadScheduledExecutor(KubernetesBalancer::daemon);

  // The same delays in every run, so that two runs can be compared.
  private final Random random = new Random(17);
  private final Map<Integer, String> endpoints = new ConcurrentHashMap<>();
  private final Set<Integer> terminating = ConcurrentHashMap.newKeySet();

  private KubernetesBalancer(int port, List<Integer> pods, Path directory) {
    this.service = URI.create("http://127.0.0.1:" + port);
    this.socket = directory.resolve("endpoints.sock");
    this.proxy = ProcessBalancer.kubeProxy(port, pods, directory);
    try {
      Patience.until(
          "the Service's control socket",
          SOCKET_LIMIT,
          () -> Files.exists(socket),
          proxy::evidence);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    this.kubelet =
        new Kubelet(
            PodProbes.OF_MANIFEST,
            new Kubelet.Decisions() {
              @Override
              public void ready(int pod, boolean isReady) {
                KubernetesBalancer.this.ready(pod, isReady);
              }

              @Override
              public void restart(int pod, ProbeType cause) {
                log.error("pod {} would be restarted: {} has failed", pod, cause);
              }
            });
    pods.forEach(kubelet::started);
  }

  static KubernetesBalancer start(int port, List<Integer> pods, Path directory) {
    return new KubernetesBalancer(port, pods, directory);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "endpoint-removals");
    thread.setDaemon(true);
    return thread;
  }

  /** The pod has been deleted: SIGTERM follows at once, the removal when it gets there. */
  @Override
  public void terminating(int pod) {
    terminating.add(pod);
    kubelet.terminating(pod);
    long millis = (long) (random.nextDouble() * LONGEST_REMOVAL.toMillis());
    log.info("pod {} is terminating; its endpoint goes in {} ms", pod, millis);
    var unused = removals.schedule(() -> set(pod, "maint"), millis, TimeUnit.MILLISECONDS);
  }

  /** Here the next pod has the port of the last; elsewhere it has an address of its own. */
  @Override
  public void started(int pod) {
    terminating.remove(pod);
    kubelet.started(pod);
  }

  // A pod that is deleted leaves the endpoints for that, and not for what it answers.
  private void ready(int pod, boolean isReady) {
    if (!terminating.contains(pod)) {
      set(pod, isReady ? "ready" : "maint");
    }
  }

  private void set(int pod, String state) {
    if (state.equals(endpoints.put(pod, state))) {
      return;
    }
    log.info("endpoint {}: {}", pod, state);
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      String command = "set server endpoints/pod-" + pod + " state " + state + "\n";
      channel.write(ByteBuffer.wrap(command.getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer reply = ByteBuffer.allocate(1024);
      while (channel.read(reply) >= 0 && reply.hasRemaining()) {
        // HAProxy says what is wrong, or nothing, and closes.
      }
      String said = new String(reply.array(), 0, reply.position(), StandardCharsets.UTF_8).strip();
      if (!said.isEmpty()) {
        throw new IOException(said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set endpoint " + pod + " to " + state, e);
    }
  }

  @Override
  public URI route() {
    return service;
  }

  @Override
  public String evidence() {
    return "a Service at "
        + service
        + " with "
        + endpoints.entrySet().stream()
            .map(one -> one.getKey() + " " + one.getValue())
            .collect(Collectors.joining(", "))
        + "; "
        + proxy.evidence();
  }

  @Override
  public void close() {
    kubelet.close();
    removals.shutdownNow();
    proxy.close();
  }
}
