package dev.zdd.shutdown;

import dev.zdd.shutdown.ClosingOrder.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * Closes everything in its order, each bounded, none skipped. What fails or hangs has ended, as far
 * as those that wait for it are concerned: a pool must be closed also after a client that could not
 * be.
 */
final class Closing {
  // What all steps share when nothing is left: most closes need no more. Less than the second after
  // which the watchdog halts.
  private static final Duration RESERVE = Duration.ofMillis(500);

  private final Budget budget;
  private final DrainLog log;
  private final Consumer<Set<String>> closing;
  private final BlockingQueue<DrainReport.StepResult> ended = new LinkedBlockingQueue<>();

  /**
   * Closes within {@code budget}.
   *
   * @param closing is told the names of what is being closed, at each change
   */
  Closing(Budget budget, DrainLog log, Consumer<Set<String>> closing) {
    this.budget = budget;
    this.log = log;
    this.closing = closing;
  }

  /** Closes all, and returns how each ended, in the order in which they did. */
  List<DrainReport.StepResult> run(ClosingOrder order) {
    List<DrainReport.StepResult> results = new ArrayList<>();
    List<Node> waiting = new ArrayList<>(order.nodes());
    Set<String> running = new LinkedHashSet<>();
    Set<String> over = new HashSet<>();
    Duration least = RESERVE.dividedBy(Math.max(1, waiting.size()));
    while (!waiting.isEmpty() || !running.isEmpty()) {
      List<Node> ready =
          waiting.stream().filter(node -> over.containsAll(node.waitsFor())).toList();
      waiting.removeAll(ready);
      ready.forEach(node -> running.add(node.name()));
      closing.accept(Set.copyOf(running));
      // One that hangs leaves half of the time for those after it.
      Duration share = waiting.isEmpty() ? budget.left() : budget.left().dividedBy(2);
      for (Node node : ready) {
        Duration bound = Budget.min(node.timeout(), Budget.max(least, share));
        if (running.size() == 1) {
          ended.add(close(node, bound));
        } else {
          start(node, bound);
        }
      }
      DrainReport.StepResult result = next();
      results.add(result);
      running.remove(result.name());
      over.add(result.name());
    }
    return results;
  }

  private void start(Node node, Duration bound) {
    Thread thread =
        new Thread(() -> ended.add(close(node, bound)), "zdd-shutdown-closing-" + node.name());
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      ended.add(close(node, bound)); // no thread to be had: then one after the other
    }
  }

  private DrainReport.StepResult close(Node node, Duration bound) {
    Duration before = budget.elapsed();
    String error;
    try {
      error = log.guarded(node.name(), node.action(), bound);
    } catch (RuntimeException | Error e) {
      error = e.getClass().getName(); // whatever it is, somebody waits for this result
    }
    Duration took = budget.elapsed().minus(before);
    if (error == null) {
      log.say("closed {} in {}", node.name(), Seconds.of(took));
    }
    return new DrainReport.StepResult(node.name(), took, error);
  }

  private DrainReport.StepResult next() {
    while (true) {
      try {
        return ended.take();
      } catch (InterruptedException e) {
        // An interrupt does not end a drain, and would end every later wait if it were kept.
      }
    }
  }
}
