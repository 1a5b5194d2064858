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
  private static final Reply WORKED = Reply.of(200, "text/plain", WORK);

  private final @Nullable Orders orders;
  private final @Nullable Sessions sessions;
  private final Flag newCheckout;
  private final Supplier<String> metrics;
  private final Executor workers;

  Shop(
      @Nullable Orders orders,
      @Nullable Sessions sessions,
      Flag newCheckout,
      Supplier<String> metrics,
      Executor workers) {
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
  CompletableFuture<Reply> handle(String method, String path, @Nullable String query) {
    CompletableFuture<Reply> reply =
        switch (path) {
          case "/work" ->
              method.equals("GET") || method.equals("POST") ? work(query) : not("GET, POST");
          case "/checkout" -> method.equals("GET") ? checkout(query) : not("GET");
          case "/orders" -> method.equals("GET") ? orders() : not("GET");
          case "/metrics" -> method.equals("GET") ? metrics() : not("GET");
          default -> done(Reply.error(404, "no such page"));
        };
    return reply.exceptionally(e -> {
      log.error("{} {} failed", method, path, e);
      return Reply.error(500, "failed");
    });
  }

  private CompletableFuture<Reply> work(@Nullable String query) {
    int millis = millis(query);
    if (millis < 0) {
      return bad("ms: expected a whole number from 0 to " + LONGEST_WORK_MILLIS);
    }
    if (millis == 0) {
      return done(WORKED);
    }
    return CompletableFuture.supplyAsync(
        () -> WORKED, CompletableFuture.delayedExecutor(millis, MILLISECONDS, workers));
  }

  /** What the query asks for; -1 if that is not a number within the bounds. */
  private static int millis(@Nullable String query) {
    try {
      String text = Query.first(query, "ms");
      int millis = text == null ? 0 : Integer.parseInt(text);
      return millis <= LONGEST_WORK_MILLIS ? millis : -1;
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
      return done(Reply.error(503, "there is no database (serve was started without --jdbc)"));
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
