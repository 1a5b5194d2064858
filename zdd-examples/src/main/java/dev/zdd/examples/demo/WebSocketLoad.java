package dev.zdd.examples.demo;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * WebSockets that stay open: each sends a numbered message every 100 ms and expects it back. A
 * close with 1001 says that the instance goes away: the session opens again elsewhere and repeats
 * the messages that had crossed it, for a WebSocket acknowledges nothing. Any other close, a
 * connection that cannot be made, and a message that is not back within the timeout of its first
 * sending, count as failed.
 */
final class WebSocketLoad implements AutoCloseable {
  static final long EVERY_MILLIS = 100;
  static final int GOING_AWAY = 1001;

  private static final Duration PATIENCE = Duration.ofMillis(20);

  private final Supplier<@Nullable URI> routes;
  private final Timeline timeline;
  private final Tally tally;
  private final Duration timeout;
  private final HttpClient client;
  private final ScheduledExecutorService clock;
  private final List<Session> sessions = new ArrayList<>();
  private volatile boolean stopped;

  WebSocketLoad(
      Supplier<@Nullable URI> routes,
      int sessions,
      Timeline timeline,
      Tally tally,
      Duration timeout) {
    this.routes = routes;
    this.timeline = timeline;
    this.tally = tally;
    this.timeout = timeout;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .build();
    this.clock = Executors.newSingleThreadScheduledExecutor(WebSocketLoad::daemon);
    for (int i = 1; i <= sessions; i++) {
      this.sessions.add(new Session("ws-" + i));
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "websocket-clock");
    thread.setDaemon(true);
    return thread;
  }

  void start() {
    long apart = EVERY_MILLIS * 1000 / Math.max(1, sessions.size());
    for (int i = 0; i < sessions.size(); i++) {
      var unused =
          clock.scheduleAtFixedRate(
              sessions.get(i)::tick, i * apart, EVERY_MILLIS * 1000, TimeUnit.MICROSECONDS);
    }
  }

  /**
   * Ends it: no further message, and the answers still due are waited for.
   *
   * @return whether every message has been accounted for
   */
  boolean stop() throws InterruptedException {
    stopped = true;
    long end = System.nanoTime() + timeout.plusSeconds(5).toNanos();
    while (sessions.stream().anyMatch(Session::isWaiting)) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(PATIENCE.toMillis());
    }
    sessions.forEach(Session::goodbye);
    return true;
  }

  @Override
  public void close() {
    stopped = true;
    clock.shutdownNow();
    sessions.forEach(Session::cut);
  }

  /** One place: a connection after another, and the messages that wait for their answer. */
  private final class Session {
    private final String name;

    // All guarded by this.
    private final Map<String, Long> waiting = new LinkedHashMap<>();
    private @Nullable Connection open;
    private boolean connecting;
    private long number;

    Session(String name) {
      this.name = name;
    }

    /** Every 100 ms: the next message, and a look at those that should be back. */
    synchronized void tick() {
      long now = System.nanoTime();
      waiting
          .entrySet()
          .removeIf(e -> {
            boolean late = now - e.getValue() > timeout.toNanos();
            if (late) {
              ended(
                  e.getKey(),
                  e.getValue(),
                  new Failure(Failure.TIMEOUT, "not back within " + timeout.toMillis() + " ms"));
            }
            return late;
          });
      if (!stopped) {
        String message = name + " " + ++number;
        tally.sent(Kind.WEBSOCKET);
        waiting.put(message, now);
        Connection connection = open;
        if (connection != null) {
          connection.send(message);
        }
      }
      if (open == null && !connecting && (!stopped || !waiting.isEmpty())) {
        connect();
      }
    }

    private void connect() {
      URI target = routes.get();
      if (target == null) {
        incident(new Failure(Failure.NOT_STARTED, "no instance was ready"));
        return;
      }
      connecting = true;
      Connection connection = new Connection(this);
      URI endpoint = URI.create("ws://" + target.getHost() + ":" + target.getPort() + "/ws");
      var unused =
          client
              .newWebSocketBuilder()
              .connectTimeout(timeout)
              .buildAsync(endpoint, connection)
              .whenComplete((socket, e) -> {
                if (e != null) {
                  notConnected(e);
                }
              });
    }

    private synchronized void notConnected(Throwable e) {
      connecting = false;
      Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
      String detail =
          "cannot open: " + cause.getClass().getSimpleName() + ": " + cause.getMessage();
      incident(
          new Failure(cause instanceof ConnectException ? Failure.REFUSED : Failure.RESET, detail));
    }

    synchronized void opened(Connection connection) {
      connecting = false;
      open = connection;
      // What waits now was never sent, or had crossed the close of the session before.
      waiting.keySet().forEach(connection::send);
    }

    synchronized void echoed(String message) {
      Long since = waiting.remove(message);
      if (since != null) {
        ended(message, since, null);
      }
    }

    synchronized void closed(Connection connection, int code, String reason) {
      if (open != connection) {
        return;
      }
      open = null;
      if (code == GOING_AWAY) {
        tally.reconnected();
        waiting.keySet().forEach(message -> tally.sentAgain());
      } else if (!stopped || !waiting.isEmpty()) {
        incident(new Failure("closed with " + code, reason));
      }
      if (!stopped || !waiting.isEmpty()) {
        connect();
      }
    }

    /** Something failed that is no message of its own. */
    private void incident(Failure failure) {
      tally.sent(Kind.WEBSOCKET);
      ended(name, System.nanoTime(), failure);
    }

    private void ended(String what, long since, @Nullable Failure failure) {
      tally.ended(
          Kind.WEBSOCKET, timeline.at(since), timeline.now(), "WebSocket " + what, "", failure);
    }

    synchronized boolean isWaiting() {
      return !waiting.isEmpty();
    }

    synchronized void goodbye() {
      Connection connection = open;
      open = null;
      if (connection != null) {
        connection.goodbye();
      }
    }

    synchronized void cut() {
      Connection connection = open;
      open = null;
      if (connection != null) {
        connection.cut();
      }
    }
  }

  /** One connection. Its callbacks come one at a time. */
  private static final class Connection implements WebSocket.Listener {
    private final Session session;
    private final StringBuilder text = new StringBuilder();
    // Both guarded by the session.
    private @Nullable WebSocket socket;
    private CompletableFuture<?> sending = CompletableFuture.completedFuture(null);

    Connection(Session session) {
      this.session = session;
    }

    @Override
    public void onOpen(WebSocket webSocket) {
      synchronized (session) {
        socket = webSocket;
        session.opened(this);
      }
      webSocket.request(1);
    }

    /**
     * One after the other, as the client demands; one that cannot be sent waits for its timeout.
     */
    void send(String message) {
      WebSocket to = socket;
      if (to != null) {
        sending =
            sending
                .<@Nullable Object>handle((done, e) -> null)
                .thenCompose(done -> to.sendText(message, true));
      }
    }

    @Override
    public @Nullable CompletionStage<?> onText(
        WebSocket webSocket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        session.echoed(text.toString());
        text.setLength(0);
      }
      webSocket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
      session.closed(this, code, reason);
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable e) {
      session.closed(this, 1006, e.getClass().getSimpleName() + ": " + e.getMessage());
    }

    void goodbye() {
      WebSocket to = socket;
      if (to != null) {
        var unused = to.sendClose(WebSocket.NORMAL_CLOSURE, "");
      }
    }

    void cut() {
      WebSocket to = socket;
      if (to != null) {
        to.abort();
      }
    }
  }
}
