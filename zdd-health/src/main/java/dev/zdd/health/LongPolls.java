package dev.zdd.health;

import dev.zdd.core.Probers;
import dev.zdd.core.http.EndpointResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait to be told that a probe is answered otherwise than they know. Each is told when it
 * changes, when its time is over, when it has given up, or when the process goes: nobody waits
 * through a drain, which would wait for his connection. One thread for the ends of their times, if
 * anybody ever waits.
 */
final class LongPolls {
  /** How many may wait at once; of more each is answered at once. */
  static final int MOST = 1_000;

  // By up to a fifth less than asked for, so that those who began together do not come back so.
  private static final double JITTER = 0.2;

  private final Watchers watchers;
  private final int most;
  private final ScheduledThreadPoolExecutor timer;
  private final AtomicInteger waiting = new AtomicInteger();

  LongPolls(Watchers watchers, int most, ThreadFactory threads) {
    this.watchers = watchers;
    this.most = most;
    this.timer = new ScheduledThreadPoolExecutor(1, threads);
    timer.setRemoveOnCancelPolicy(true);
  }

  /** How many wait. */
  int count() {
    return waiting.get();
  }

  /**
   * Waits until {@code sight} is not {@code known} any more.
   *
   * @param seconds how long at most; a little less
   * @param answers what is then answered
   * @param prober who waits, if that is to be noted
   * @return null if too many wait already, or nobody may any more
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the stage after the end is of no interest
  @Nullable CompletableFuture<EndpointResponse> begin(
      ProbeSight sight,
      boolean known,
      int seconds,
      PlainAnswers answers,
      Probers.@Nullable Waiting prober) {
    Poll poll = new Poll(sight, known, seconds, answers, prober);
    boolean isOneTooMany = waiting.incrementAndGet() > most;
    poll.whenComplete((answer, failure) -> poll.end());
    if (isOneTooMany || !poll.begin()) {
      poll.cancel(false);
      return null;
    }
    return poll;
  }

  /** Ends the times of those who wait; the last word is the watchers'. */
  void close() {
    timer.shutdownNow();
  }

  private final class Poll extends CompletableFuture<EndpointResponse> {
    private final ProbeSight sight;
    private final boolean known;
    private final int seconds;
    private final PlainAnswers answers;
    private final Probers.@Nullable Waiting prober;
    private volatile @Nullable Future<?> over;
    private volatile Watchers.@Nullable Watch watch;

    Poll(
        ProbeSight sight,
        boolean known,
        int seconds,
        PlainAnswers answers,
        Probers.@Nullable Waiting prober) {
      this.sight = sight;
      this.known = known;
      this.seconds = seconds;
      this.answers = answers;
      this.prober = prober;
    }

    /** False if there is an end already to what could be waited for. */
    boolean begin() {
      double part = 1 - JITTER * ThreadLocalRandom.current().nextDouble();
      long nanos = (long) (TimeUnit.SECONDS.toNanos(seconds) * part);
      try {
        over = timer.schedule(() -> tell(known, true), nanos, TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException e) {
        return false;
      }
      // What has changed since the caller looked is the first thing that it sees.
      watch = watchers.watch(sight, this::sees);
      if (isDone()) {
        letGo(); // It ended before it had the two.
      }
      return true;
    }

    private void sees(ProbeSight.View view) {
      if (view.ok() != known || view.ends()) {
        tell(view.ok(), false);
      }
    }

    // Perhaps by both threads at once: the first is heard.
    private void tell(boolean ok, boolean isTimeOver) {
      if (prober != null) {
        prober.told(ok);
      }
      complete(answer(ok, isTimeOver).with("Preference-Applied", "wait=" + seconds));
    }

    private EndpointResponse answer(boolean ok, boolean isTimeOver) {
      if (isTimeOver || (ok && known)) {
        return answers.unchanged(ok);
      }
      return ok ? answers.yes() : answers.no(sight.secondsToNextRun());
    }

    void end() {
      waiting.decrementAndGet();
      letGo();
      if (prober != null) {
        prober.left();
      }
    }

    private void letGo() {
      Future<?> timeout = over;
      if (timeout != null) {
        timeout.cancel(false);
      }
      Watchers.Watch watching = watch;
      if (watching != null) {
        watching.close();
      }
    }
  }
}
