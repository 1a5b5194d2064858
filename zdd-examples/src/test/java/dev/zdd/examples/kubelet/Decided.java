package dev.zdd.examples.kubelet;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** What a kubelet has decided so far: "ready", "not ready", "restart: LIVENESS". */
public final class Decided implements Kubelet.Decisions {
  /** One decision and its {@link System#nanoTime}. */
  public record Decision(String what, long at) {}

  private final List<Decision> decisions = new CopyOnWriteArrayList<>();

  @Override
  public void ready(int port, boolean isReady) {
    add(isReady ? "ready" : "not ready");
  }

  @Override
  public void restart(int port, ProbeType cause) {
    add("restart: " + cause);
  }

  private void add(String what) {
    decisions.add(new Decision(what, System.nanoTime()));
  }

  public List<Decision> all() {
    return List.copyOf(decisions);
  }

  public List<String> words() {
    return decisions.stream().map(Decision::what).toList();
  }

  /** Waits until this is what has been decided, neither more nor less. */
  public void await(String... words) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(2))
        .until(this::words, List.of(words)::equals);
  }
}
