package dev.zdd.examples.demo;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Open-loop load: requests start on schedule, at a constant rate after a short ramp, whatever the
 * answers do, and latency counts from the moment a request was meant to start, so that a stall
 * shows as what it is. Nothing is ever sent twice, and nothing is left out silently: what cannot be
 * started counts as failed.
 */
final class LoadGenerator implements AutoCloseable {
  /** No answer within this time of the intended start is a failure. */
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** How long the rate takes to reach its height: everything that is to answer has just started. */
  static final Duration RAMP = Duration.ofSeconds(3);

  /** More unanswered requests than this at a time, and the next one counts as not started. */
  static final int MOST_IN_FLIGHT = 2000;

  private final URI target;
  private final LoadSchedule schedule;
  private final Timeline timeline;
  private final Tally tally;
  private final Duration timeout;
  private final int mostInFlight;
  private final Semaphore inFlight;
  private final CloseableHttpAsyncClient client;
  private final ScheduledThreadPoolExecutor deadlines;
  private final Thread clock = new Thread(this::run, "load-clock");
  private volatile boolean stopped;

  LoadGenerator(URI target, double perSecond, Timeline timeline, Tally tally) {
    this(target, perSecond, timeline, tally, RAMP, TIMEOUT, MOST_IN_FLIGHT);
  }

  LoadGenerator(
      URI target,
      double perSecond,
      Timeline timeline,
      Tally tally,
      Duration ramp,
      Duration timeout,
      int mostInFlight) {
    this.target = target;
    this.schedule = new LoadSchedule(perSecond, ramp.toNanos() / 1e9);
    this.timeline = timeline;
    this.tally = tally;
    this.timeout = timeout;
    this.mostInFlight = mostInFlight;
    this.inFlight = new Semaphore(mostInFlight);
    this.client = client(timeout, mostInFlight);
    this.deadlines = new ScheduledThreadPoolExecutor(1, LoadGenerator::daemon);
    this.deadlines.setRemoveOnCancelPolicy(true);
    this.clock.setDaemon(true);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "load-deadlines");
    thread.setDaemon(true);
    return thread;
  }

  private static CloseableHttpAsyncClient client(Duration timeout, int connections) {
    Timeout limit = Timeout.of(timeout);
    return HttpAsyncClients.custom()
        .setConnectionManager(
            PoolingAsyncClientConnectionManagerBuilder.create()
                .setMaxConnTotal(connections)
                .setMaxConnPerRoute(connections)
                .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                .setDefaultConnectionConfig(
                    ConnectionConfig.custom()
                        .setConnectTimeout(limit)
                        .setSocketTimeout(limit)
                        // We let go of an idle connection long before any balancer does: it is the
                        // roll that is measured, not the race between a client and its balancer.
                        .setIdleTimeout(Timeout.ofSeconds(5))
                        .build())
                .build())
        .setIOReactorConfig(IOReactorConfig.custom().setIoThreadCount(1).build())
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setConnectionRequestTimeout(limit)
                .setResponseTimeout(limit)
                .build())
        .disableAutomaticRetries()
        .disableRedirectHandling()
        .disableCookieManagement()
        .disableAuthCaching()
        .build();
  }

  void start() {
    client.start();
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
        send(PlannedRequest.number(n), intended);
      }
    }
  }

  private void send(PlannedRequest planned, long intended) {
    tally.sent();
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
    client.initiateShutdown();
    try {
      client.awaitShutdown(TimeValue.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close(CloseMode.IMMEDIATE);
  }

  /** One request on its way. Ends once: answered, failed, or out of time. */
  private final class Attempt implements FutureCallback<SimpleHttpResponse> {
    private final PlannedRequest planned;
    private final long intended;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable ScheduledFuture<?> deadline;

    Attempt(PlannedRequest planned, long intended) {
      this.planned = planned;
      this.intended = intended;
    }

    void begin() {
      SimpleRequestBuilder builder =
          SimpleRequestBuilder.create(planned.method()).setUri(target.resolve(planned.target()));
      if (!planned.body().isEmpty()) {
        builder.setBody(planned.body(), ContentType.APPLICATION_JSON);
      }
      SimpleHttpRequest request = builder.build();
      Future<SimpleHttpResponse> answer = client.execute(request, this);
      long left = intended + timeout.toNanos() - System.nanoTime();
      deadline = deadlines.schedule(() -> outOfTime(answer), left, TimeUnit.NANOSECONDS);
      // The answer may have come before there was a deadline to cancel.
      if (ended.get()) {
        cancelDeadline();
      }
    }

    private void outOfTime(Future<SimpleHttpResponse> answer) {
      end("", new Failure(Failure.TIMEOUT, "no answer within " + timeout.toMillis() + " ms"));
      answer.cancel(true);
    }

    @Override
    public void completed(SimpleHttpResponse response) {
      end(
          Tally.served(header(response, "X-Shop-Instance"), header(response, "X-Shop-Version")),
          planned.judge(response.getCode(), response.getBodyBytes()));
    }

    @Override
    public void failed(Exception e) {
      end("", Failure.of(e));
    }

    @Override
    public void cancelled() {
      end("", new Failure(Failure.TIMEOUT, "cancelled"));
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
      tally.ended(timeline.at(intended), timeline.now(), planned.toString(), servedBy, failure);
    }

    private static String header(SimpleHttpResponse response, String name) {
      Header header = response.getFirstHeader(name);
      return header == null ? "?" : header.getValue();
    }
  }
}
