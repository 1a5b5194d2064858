package dev.zdd.netty;

import dev.zdd.core.Heartbeat;
import dev.zdd.core.Heartbeat.Stall;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Whether every event loop of a group still runs: a loop that somebody blocks serves none of its
 * connections, and accepts none if it is the listener's, while the others look well. For liveness,
 * since nothing but a restart gives those connections a loop:
 *
 * <pre>{@code
 * .liveness("loops", LocalCheck.of(EventLoopHeartbeat.of(group, Duration.ofSeconds(5))))
 * }</pre>
 *
 * <p>Each look gives each loop one task that does nothing, and no further one while that waits; a
 * loop whose task waits longer than the limit has stalled, and the stack of its thread is logged,
 * once for each stall. A look costs each loop one wake-up and takes microseconds, except before it
 * calls a loop stalled: then up to {@value Heartbeat#PATIENCE_MILLIS} ms, for all loops together,
 * so the timeout of its check should be longer than that (the default is).
 *
 * <p>What is not a stall:
 *
 * <ul>
 *   <li>a loop that nobody has used, or that Netty has suspended. It has no thread, and none is
 *       started for this.
 *   <li>a loop that is being shut down, or has been: somebody decided that, most likely at the end
 *       of a drain, and a restart in the middle of it would cut what it finishes. A drain that has
 *       not come to that yet needs its loops, so until then they are watched.
 * </ul>
 *
 * <p>A loop that ended by an exception is reported as dead; Netty has logged the exception.
 *
 * <p>Thread-safe; not to be called on one of the group's loops, which would wait for itself.
 */
public final class EventLoopHeartbeat implements Supplier<Optional<String>> {
  private static final int MOST_NAMED = 4;

  private final List<Loop> loops = new ArrayList<>();

  private record Loop(EventExecutor executor, Heartbeat heartbeat) {
    boolean isWatched() {
      // Not by isSuspended(), which is also true of a loop that goes on until its last channel
      // ends.
      return !executor.isShuttingDown() && hasThread();
    }

    private boolean hasThread() {
      // Whether its thread is null: the one way to ask that does not start it. A loop that says no
      // whatever it is asked is watched, too.
      if (!executor.inEventLoop(null)) {
        return true;
      }
      // It has work, but the executor that it was made with has no thread for it.
      return executor instanceof SingleThreadEventExecutor loop && loop.pendingTasks() > 0;
    }

    boolean hasDied() {
      return executor.terminationFuture().cause() != null;
    }
  }

  private EventLoopHeartbeat(EventLoopGroup group, Duration limit) {
    for (EventExecutor executor : group) {
      loops.add(new Loop(executor, Heartbeat.of(executor, limit, executor::inEventLoop)));
    }
  }

  /**
   * Watches the loops that {@code group} has; one that makes loops later (Netty's
   * thread-per-channel groups of old) has more than are watched. A server has two groups if its
   * listener has one of its own: watch both.
   *
   * @param limit how long a loop may be busy with something else; more than 0. Netty itself gives
   *     other tasks up to 1 s in a row, and what no load explains is the application's to know
   */
  public static EventLoopHeartbeat of(EventLoopGroup group, Duration limit) {
    return new EventLoopHeartbeat(group, limit);
  }

  /** Looks: which loops have stalled or died, or nothing. */
  @Override
  public Optional<String> get() {
    long died = loops.stream().filter(Loop::hasDied).count();
    List<Heartbeat> watched = loops.stream().filter(Loop::isWatched).map(Loop::heartbeat).toList();
    List<Stall> stalled = Heartbeat.stalled(watched);
    List<String> problems = new ArrayList<>();
    if (!stalled.isEmpty()) {
      problems.add(describe(stalled));
    }
    if (died > 0) {
      problems.add(loops(died, "has died", "have died"));
    }
    return problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
  }

  private String describe(List<Stall> stalled) {
    Stall longest = Collections.max(stalled, Comparator.comparing(Stall::silence));
    String names =
        stalled.stream().limit(MOST_NAMED).map(Stall::thread).collect(Collectors.joining(", "));
    int more = stalled.size() - MOST_NAMED;
    return loops(stalled.size(), "has run nothing for ", "have run nothing for ")
        + longest.seconds()
        + ": "
        + names
        + (more > 0 ? " and " + more + " more" : "");
  }

  private String loops(long count, String one, String several) {
    return count + " of " + loops.size() + " event loops " + (count == 1 ? one : several);
  }
}
