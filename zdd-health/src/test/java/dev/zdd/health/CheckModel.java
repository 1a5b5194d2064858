package dev.zdd.health;

import java.util.ArrayList;
import java.util.List;

/**
 * What a check should be, told as plainly as it can be: the list of its results, and rules that
 * look at the end of that list. Slow, and without a word of {@link CheckState}'s or {@link
 * CheckRunner}'s code.
 */
final class CheckModel {
  private final Probe probe;
  private final CheckOptions options;
  private final List<Status> results = new ArrayList<>();
  private Status status;
  private long began = -1;
  private boolean failedByTimeout;

  CheckModel(Probe probe, CheckOptions options) {
    this.probe = probe;
    this.options = options;
    this.status = probe == Probe.LIVENESS ? Status.UP : Status.UNKNOWN;
  }

  /** A run begins. */
  void begins(long now) {
    began = now;
    failedByTimeout = false;
  }

  /** The run that is going on has reached its timeout. */
  void reachesItsTimeout() {
    failedByTimeout = true;
    takes(Status.DOWN);
  }

  /** It is time for a run, and the last one has not ended. */
  void isStillRunning() {
    takes(Status.DOWN);
  }

  /** The run ends with this result, which does not count if it comes too late. */
  void ends(Status result) {
    began = -1;
    if (!failedByTimeout) {
      takes(result);
    }
  }

  private void takes(Status result) {
    results.add(result);
    if (probe == Probe.STARTUP && status.isOk()) {
      throw new AssertionError("a startup check was run again after it had been up");
    }
    boolean ok = result.isOk();
    if (status == Status.UNKNOWN) {
      status = result;
    } else if (ok && (status.isOk() || lastAre(options.successesToUp(), true))) {
      status = result;
    } else if (!ok && lastAre(options.failuresToDown(), false)) {
      status = Status.DOWN;
    }
  }

  private boolean lastAre(int count, boolean ok) {
    return results.size() >= count
        && results.subList(results.size() - count, results.size()).stream()
            .allMatch(result -> result.isOk() == ok);
  }

  Status status() {
    return status;
  }

  boolean isRunning() {
    return began >= 0;
  }

  int consecutiveFailures() {
    int count = 0;
    for (int i = results.size() - 1; i >= 0 && !results.get(i).isOk(); i--) {
      count++;
    }
    return count;
  }

  boolean isOver() {
    return probe == Probe.STARTUP && status.isOk();
  }

  /** Whether the next result may change something, and so comes soon. */
  boolean isPending() {
    boolean lastOk = !results.isEmpty() && results.get(results.size() - 1).isOk();
    return probe == Probe.STARTUP || status.isOk() != lastOk;
  }
}
