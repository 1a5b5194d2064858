package dev.zdd.examples.shop;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.zdd.flags.Flag;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the shop does, free of any server. {@link #handle} never blocks and never throws, so it may
 * be called on an event loop; what takes time is done by the workers, and waiting holds no thread.
 */
final class Shop {
  /** What {@code /work} answers: 1 KiB of known text, so that a cut answer is seen as one. */
  static final String WORK = "zero downtime..\n".repeat(64);

  /** The longest that {@code /work} can be asked to wait. */
  static final int LONGEST_WORK_MILLIS = 60_000;

  static final int LONGEST_USER = 100;

  private static final Logger log = LoggerFactory.getLogger(Shop.class);
  private static final String NO_DATABASE =
      "there is no database (serve was started without --jdbc)";
  private static final Reply WORKED = Reply.of(200, "text/plain", WORK);

  private final String name;
  private final @Nullable Orders orders;
  private final @Nullable Sessions sessions;
  private final Flag newCheckout;
  private final Supplier<String> metrics;
  private final Executor workers;

  /** {@code name} is what the records of its work say who did it. */
  Shop(
      String name,
      @Nullable Orders orders,
      @Nullable Sessions sessions,
      Flag newCheckout,
      Supplier<String> metrics,
      Executor workers) {
    this.name = name;
    this.orders = orders;
    this.sessions = sessions;
    this.newCheckout = newCheckout;
    this.metrics = metrics;
    this.workers = workers;
  }

  /**
   * Answers a request whose body has been read.
   *
   * @param path decoded, without the query
   * @param query undecoded; null if there was none
   * @return completed with the answer, never exceptionally
   */
  CompletableFuture<Answer> handle(String method, String path, @Nullable String query) {
    CompletableFuture<? extends Answer> answer =
        switch (path) {
          case "/work" ->
              method.equals("GET") || method.equals("POST")
                  ? work(method, query)
                  : not("GET, POST");
          case "/stream" -> method.equals("GET") ? stream(query) : not("GET");
          case "/checkout" -> method.equals("GET") ? checkout(query) : not("GET");
          case "/orders" -> method.equals("GET") ? orders() : not("GET");
          case "/metrics" -> method.equals("GET") ? metrics() : not("GET");
          default -> done(Reply.error(404, "no such page"));
        };
    return answer
        .<Answer>thenApply(a -> a)
        .exceptionally(e -> {
          log.error("{} {} failed", method, path, e);
          return Reply.error(500, "failed");
        });
  }

  private CompletableFuture<Reply> work(String method, @Nullable String query) {
    int millis = number(query, "ms", 0, LONGEST_WORK_MILLIS);
    if (millis < 0) {
      return bad("ms: expected a whole number from 0 to " + LONGEST_WORK_MILLIS);
    }
    String id = method.equals("POST") ? Query.first(query, "id") : null;
    if (id != null) {
      return post(id, millis);
    }
    return millis == 0 ? done(WORKED) : later(millis);
  }

  private CompletableFuture<Reply> later(int millis) {
    return CompletableFuture.supplyAsync(
        () -> WORKED, CompletableFuture.delayedExecutor(millis, MILLISECONDS, workers));
  }

  /** Recorded where the work begins: a POST that is begun twice shows, whatever cut the first. */
  private CompletableFuture<Reply> post(String id, int millis) {
    if (!id.matches("\\d{1,18}")) {
      return bad("id: expected 1 to 18 digits");
    }
    if (orders == null) {
      return done(Reply.error(503, NO_DATABASE));
    }
    return CompletableFuture.supplyAsync(() -> recorded(orders, Long.parseLong(id)), workers)
        .thenCompose(recorded ->
            recorded ? later(millis) : done(Reply.error(503, "the database does not answer")));
  }

  private boolean recorded(Orders orders, long id) {
    try {
      orders.executed(id, name);
      return true;
    } catch (SQLException e) {
      log.warn("POST /work: the database does not answer: {}", e.getMessage());
      return false;
    }
  }

  private CompletableFuture<? extends Answer> stream(@Nullable String query) {
    int count = number(query, "chunks", 10, Chunks.MOST);
    int pause = number(query, "ms", 100, Chunks.LONGEST_PAUSE_MILLIS);
    return count < 0 || pause < 0
        ? bad(
            "expected chunks from 0 to "
                + Chunks.MOST
                + " and ms from 0 to "
                + Chunks.LONGEST_PAUSE_MILLIS)
        : CompletableFuture.completedFuture(new Chunks(count, pause, workers));
  }

  /** What the query says; -1 if that is not a whole number from 0 to {@code most}. */
  private static int number(@Nullable String query, String name, int otherwise, int most) {
    try {
      String text = Query.first(query, name);
      int number = text == null ? otherwise : Integer.parseInt(text);
      return number <= most ? number : -1;
    } catch (IllegalArgumentException e) {
      return -1;
    }
  }

  private CompletableFuture<Reply> checkout(@Nullable String query) {
    String user;
    try {
      user = Query.first(query, "user");
    } catch (IllegalArgumentException e) {
      return bad("user: expected percent signs to be followed by two digits");
    }
    if (user == null || user.isEmpty() || user.length() > LONGEST_USER) {
      return bad("user: expected 1 to " + LONGEST_USER + " characters");
    }
    String version = newCheckout.isEnabled(user) ? "new" : "old";
    if (sessions == null) {
      return done(Reply.json("{\"checkout\":\"" + version + "\"}"));
    }
    return sessions
        .count(user)
        .thenApply(visits -> "{\"checkout\":\"" + version + "\",\"visits\":" + visits + "}")
        .thenApply(Reply::json);
  }

  private CompletableFuture<Reply> orders() {
    if (orders == null) {
      return done(Reply.error(503, NO_DATABASE));
    }
    return CompletableFuture.supplyAsync(() -> read(orders), workers);
  }

  private static Reply read(Orders orders) {
    try {
      return Reply.json(orders.latest());
    } catch (SQLException e) {
      // One line: while the database is away this happens with each request.
      log.warn("/orders: the database does not answer: {}", e.getMessage());
      return Reply.error(503, "the database does not answer");
    }
  }

  private CompletableFuture<Reply> metrics() {
    return CompletableFuture.supplyAsync(
        () -> Reply.of(200, "text/plain; version=0.0.4; charset=utf-8", metrics.get()), workers);
  }

  private static CompletableFuture<Reply> not(String allow) {
    return done(Reply.notAllowed(allow));
  }

  private static CompletableFuture<Reply> bad(String why) {
    return done(Reply.error(400, why));
  }

  private static CompletableFuture<Reply> done(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }
}
