package dev.zdd.examples.kubelet;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks the probes of containers as a kubelet does, and says what it would do: make endpoints of
 * those that are ready, and restart those whose liveness or startup has failed. A container is a
 * port of this machine.
 *
 * <p>Readiness is failed, liveness good and startup open until there is an answer. Until startup
 * has succeeded once, the other two are not asked; then readiness is, at once. From {@link
 * #terminating} on only readiness is asked. What it does not do: it starts and stops nothing, and
 * sees no process, only answers.
 */
public final class Kubelet implements AutoCloseable {
  /** Hears what the kubelet decides, on a thread of the probe's; must not block for long. */
  public interface Decisions {
    /** The container on this port gets requests, or gets no more. */
    void ready(int port, boolean isReady);

    /** The container on this port is to be killed and started anew: SIGTERM, then SIGKILL. */
    void restart(int port, ProbeType cause);
  }

  private final PodProbes probes;
  private final Decisions decisions;
  private final HttpProber prober = new HttpProber();
  private final Map<Integer, Container> containers = new ConcurrentHashMap<>();

  public Kubelet(PodProbes probes, Decisions decisions) {
    this.probes = requireNonNull(probes, "probes");
    this.decisions = requireNonNull(decisions, "decisions");
  }

  /** A container has begun to run on this port; of the one before nothing more is asked or told. */
  public void started(int port) {
    Container now = new Container(port);
    Container before = containers.put(port, now);
    if (before != null) {
      before.stop();
    }
    now.start();
  }

  /** The pod is being deleted: SIGTERM comes, or has come. */
  public void terminating(int port) {
    Container container = containers.get(port);
    if (container != null) {
      container.terminating = true;
    }
  }

  /** Asks nothing more; does not wait for what is being asked. */
  @Override
  public void close() {
    containers.values().forEach(Container::stop);
    prober.close();
  }

  private final class Container implements ProbeWorker.Container {
    private final int port;
    private final URI base;
    private final long began = System.nanoTime();
    private final ProbeWorker readiness =
        new ProbeWorker(ProbeType.READINESS, probes.readiness(), this);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean started = probes.startup() == null;
    private volatile boolean terminating;

    // Guarded by this, so that nothing is told of a container that was stopped.
    private boolean ready;
    private boolean stopped;

    Container(int port) {
      this.port = port;
      this.base = URI.create("http://127.0.0.1:" + port);
      prepare(ProbeType.STARTUP, probes.startup());
      prepare(ProbeType.LIVENESS, probes.liveness());
      prepare(ProbeType.READINESS, readiness);
    }

    private void prepare(ProbeType type, @Nullable HttpProbe probe) {
      if (probe != null) {
        prepare(type, new ProbeWorker(type, probe, this));
      }
    }

    private void prepare(ProbeType type, ProbeWorker worker) {
      Thread thread = new Thread(worker, "kubelet-" + type + "-" + port);
      thread.setDaemon(true);
      threads.add(thread);
    }

    void start() {
      threads.forEach(Thread::start);
    }

    synchronized void stop() {
      stopped = true;
      threads.forEach(Thread::interrupt);
    }

    @Override
    public boolean isStarted() {
      return started;
    }

    @Override
    public boolean isTerminating() {
      return terminating;
    }

    @Override
    public long ageNanos() {
      return System.nanoTime() - began;
    }

    @Override
    public ProbeResult ask(HttpProbe probe) {
      return prober.ask(base, probe.path(), probe.timeout());
    }

    @Override
    public synchronized void decided(ProbeType type, boolean success) {
      if (stopped) {
        return;
      }
      if (type == ProbeType.READINESS) {
        if (ready != success) {
          ready = success;
          decisions.ready(port, success);
        }
      } else if (!success) {
        decisions.restart(port, type);
      } else if (type == ProbeType.STARTUP) {
        started = true;
        readiness.trigger();
      }
    }
  }
}
