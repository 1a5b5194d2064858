package dev.zdd.examples.demo;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each pod's {@code /ready} as a kubelet does: a new connection each time, {@code kube-probe}
 * as its name, ready after one success, not ready after three failures in a row. A pod that is
 * terminating is still asked, but its answers no longer count.
 */
final class Kubelet implements AutoCloseable {
  /** As in docs/kubernetes/deployment.yaml. */
  static final Duration PERIOD = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(Kubelet.class);
  private static final int FAILURE_THRESHOLD = 3;
  private static final int TIMEOUT_MILLIS = 1000;

  // From a second after its SIGTERM on, whoever says 200 on a port is the process that came after.
  private static final long NEXT_POD_NANOS = 1_000_000_000;

  /** Is told when a pod's readiness changes. */
  interface Readiness {
    void changed(int pod, boolean isReady);
  }

  private final Readiness readiness;
  private final Map<Integer, Pod> pods = new ConcurrentHashMap<>();
  private final ScheduledExecutorService probes;

  Kubelet(List<Integer> ports, Readiness readiness) {
    this.readiness = readiness;
    this.probes = Executors.newScheduledThreadPool(ports.size(), Kubelet::daemon);
    for (int port : ports) {
      Pod pod = new Pod(port);
      pods.put(port, pod);
      var unused = probes.scheduleAtFixedRate(pod, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "kubelet");
    thread.setDaemon(true);
    return thread;
  }

  /** From here on what the present process on this port answers changes nothing. */
  void terminating(int port) {
    Pod pod = pods.get(port);
    if (pod != null) {
      pod.terminatingSince = System.nanoTime();
      pod.terminating = true;
    }
  }

  @Override
  public void close() {
    probes.shutdownNow();
  }

  private final class Pod implements Runnable {
    private final int port;
    private volatile boolean terminating;
    private volatile long terminatingSince;
    private boolean ready;
    private int failures;

    Pod(int port) {
      this.port = port;
    }

    @Override
    public void run() {
      try {
        long asked = System.nanoTime();
        note(ask(), asked);
      } catch (RuntimeException e) {
        log.error("probing {}", port, e); // thrown on, it would end the schedule
      }
    }

    private void note(int status, long asked) {
      if (terminating) {
        ready = false;
        if (status != 200 || asked - terminatingSince < NEXT_POD_NANOS) {
          return;
        }
        terminating = false;
      }
      failures = status == 200 ? 0 : failures + 1;
      if (!ready && status == 200) {
        ready = true;
        readiness.changed(port, true);
      } else if (ready && failures >= FAILURE_THRESHOLD) {
        ready = false;
        log.warn("pod {} failed {} probes in a row: not ready", port, failures);
        readiness.changed(port, false);
      }
    }

    /** The status, or -1 if there was none. */
    private int ask() {
      try {
        HttpURLConnection probe =
            (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/ready").toURL().openConnection();
        probe.setConnectTimeout(TIMEOUT_MILLIS);
        probe.setReadTimeout(TIMEOUT_MILLIS);
        probe.setRequestProperty("User-Agent", "kube-probe/1.34");
        probe.setRequestProperty("Connection", "close");
        try {
          return probe.getResponseCode();
        } finally {
          probe.disconnect();
        }
      } catch (IOException e) {
        return -1;
      }
    }
  }
}
