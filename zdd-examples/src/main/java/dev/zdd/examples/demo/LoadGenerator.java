package dev.zdd.examples.demo;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Open-loop load: requests start on schedule, at a constant rate after a short ramp, whatever the
 * answers do, and latency counts from the moment a request was meant to start, so that a stall
 * shows as what it is. Nothing is ever sent twice, and nothing is left out silently: what cannot be
 * started counts as failed.
 */
final class LoadGenerator implements AutoCloseable {
  /** No answer within this time of the intended start is a failure, unless it is set otherwise. */
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** How long the rate takes to reach its height: everything that is to answer has just started. */
  static final Duration RAMP = Duration.ofSeconds(3);

  /** More unanswered requests than this at a time, and the next one counts as not started. */
  static final int MOST_IN_FLIGHT = 2000;

  private final Supplier<@Nullable URI> routes;
  private final Mix mix;
  private final LoadSchedule schedule;
  private final Timeline timeline;
  private final Tally tally;
  private final Posts posts;
  private final int refusalsPassed;
  private final Duration timeout;
  private final int mostInFlight;
  private final Semaphore inFlight;
  private final Sender sender;
  private final ScheduledThreadPoolExecutor deadlines;
  private final Thread clock = new Thread(this::run, "load-clock");
  private volatile boolean stopped;

  /**
   * A load that has not begun.
   *
   * @param routes where each request goes; null if there is nowhere
   * @param refusalsPassed how many refused connections a request may meet before that counts:
   *     nothing of it has been sent then, so it goes elsewhere without being sent twice
   */
  LoadGenerator(
      Supplier<@Nullable URI> routes,
      Sender sender,
      Mix mix,
      double perSecond,
      Timeline timeline,
      Tally tally,
      Posts posts,
      int refusalsPassed) {
    this(
        routes,
        sender,
        mix,
        perSecond,
        timeline,
        tally,
        posts,
        refusalsPassed,
        RAMP,
        TIMEOUT,
        MOST_IN_FLIGHT);
  }

  LoadGenerator(
      Supplier<@Nullable URI> routes,
      Sender sender,
      Mix mix,
      double perSecond,
      Timeline timeline,
      Tally tally,
      Posts posts,
      int refusalsPassed,
      Duration ramp,
      Duration timeout,
      int mostInFlight) {
    this.routes = routes;
    this.sender = sender;
    this.mix = mix;
    this.posts = posts;
    this.refusalsPassed = refusalsPassed;
    this.schedule = new LoadSchedule(perSecond, ramp.toNanos() / 1e9);
    this.timeline = timeline;
    this.tally = tally;
    this.timeout = timeout;
    this.mostInFlight = mostInFlight;
    this.inFlight = new Semaphore(mostInFlight);
    this.deadlines = new ScheduledThreadPoolExecutor(1, LoadGenerator::daemon);
    this.deadlines.setRemoveOnCancelPolicy(true);
    this.clock.setDaemon(true);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "load-deadlines");
    thread.setDaemon(true);
    return thread;
  }

  void start() {
    clock.start();
  }

  private void run() {
    long begin = System.nanoTime();
    for (long n = 0; !stopped; n++) {
      long intended = begin + Math.round(schedule.secondsUntil(n) * 1e9);
      for (long early = intended - System.nanoTime(); early > 0 && !stopped; ) {
        LockSupport.parkNanos(early);
        early = intended - System.nanoTime();
      }
      if (!stopped) {
        send(PlannedRequest.number(n, mix), intended);
      }
    }
  }

  private void send(PlannedRequest planned, long intended) {
    tally.sent(planned.kind());
    tally.startedLate(System.nanoTime() - intended);
    Attempt attempt = new Attempt(planned, intended);
    if (!inFlight.tryAcquire()) {
      attempt.count(
          "", new Failure(Failure.NOT_STARTED, mostInFlight + " requests were unanswered"));
      return;
    }
    try {
      attempt.begin();
    } catch (RuntimeException e) {
      attempt.failed(e);
    }
  }

  /**
   * Ends the load, and waits for the answers still due.
   *
   * @return whether every request has been accounted for
   */
  boolean stop() throws InterruptedException {
    stopped = true;
    LockSupport.unpark(clock);
    clock.join();
    long most = timeout.plusSeconds(5).toMillis();
    return inFlight.tryAcquire(mostInFlight, most, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    stopped = true;
    deadlines.shutdownNow();
    sender.close();
  }

  /** One request on its way. Ends once: answered, failed, or out of time. */
  private final class Attempt implements Sender.Callback {
    private final PlannedRequest planned;
    private final long intended;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable ScheduledFuture<?> deadline;
    private volatile Runnable giveUp = () -> {};
    private final AtomicInteger refusals = new AtomicInteger();

    Attempt(PlannedRequest planned, long intended) {
      this.planned = planned;
      this.intended = intended;
    }

    void begin() {
      long left = intended + timeout.toNanos() - System.nanoTime();
      deadline = deadlines.schedule(this::outOfTime, left, TimeUnit.NANOSECONDS);
      send();
      // The answer may have come before there was a deadline to cancel.
      if (ended.get()) {
        cancelDeadline();
      }
    }

    private void send() {
      URI target = routes.get();
      if (target == null) {
        end("", new Failure(Failure.NOT_STARTED, "no instance was ready"));
        return;
      }
      giveUp = sender.send(target, planned, this);
    }

    private void outOfTime() {
      end("", new Failure(Failure.TIMEOUT, "no answer within " + timeout.toMillis() + " ms"));
      giveUp.run();
    }

    @Override
    public void answered(Sender.Answer answer) {
      end(
          Tally.served(answer.instance(), answer.version()),
          planned.judge(answer.status(), answer.body()));
    }

    @Override
    public void failed(Exception e) {
      Failure failure = Failure.of(e);
      if (failure.kind().equals(Failure.REFUSED) && refusals.getAndIncrement() < refusalsPassed) {
        tally.passedOn();
        send();
      } else {
        end("", failure);
      }
    }

    private void end(String servedBy, @Nullable Failure failure) {
      if (ended.compareAndSet(false, true)) {
        cancelDeadline();
        count(servedBy, failure);
        inFlight.release();
      }
    }

    private void cancelDeadline() {
      ScheduledFuture<?> scheduled = deadline;
      if (scheduled != null) {
        scheduled.cancel(false);
      }
    }

    void count(String servedBy, @Nullable Failure failure) {
      if (planned.isPost()) {
        posts.ended(planned.number(), failure == null);
      }
      tally.ended(
          planned.kind(),
          timeline.at(intended),
          timeline.now(),
          planned.toString(),
          servedBy,
          failure);
    }
  }
}
