package dev.zdd.httpserver;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts each request as in flight from the end of its head until its response stream is closed,
 * whichever thread does that, and says {@code Connection: close} on every response whose head is
 * written after the process was told to stop. Put one and the same filter first on every context:
 *
 * <pre>{@code
 * server.createContext("/orders", orders).getFilters().add(0, filter);
 * }</pre>
 *
 * <p>Requests are served normally while the process drains. Only when the gate has closed, after
 * the listener and the last request, is a request refused: 503, {@code Retry-After: 1}, {@code
 * Connection: close}. Requests to an {@link EndpointHttpHandler} are neither counted nor refused.
 *
 * <p>Thread-safe; takes no lock. A handler may answer on another thread after it has returned; it
 * must close the exchange in the end, as the server wants it. A handler that sets the {@code
 * Connection} header itself decides for itself.
 */
public final class InFlightHttpFilter extends Filter {
  private final Lifecycle lifecycle;
  private final InFlight inFlight;

  // What goes on after its handler has returned.
  private final Set<CountedExchange> goingOn = ConcurrentHashMap.newKeySet();
  private volatile long keptAliveAt = System.nanoTime();

  private InFlightHttpFilter(Lifecycle lifecycle) {
    this.lifecycle = requireNonNull(lifecycle, "lifecycle");
    this.inFlight = lifecycle.inFlight();
  }

  /** A filter that counts for the process whose lifecycle this is. */
  public static InFlightHttpFilter of(Lifecycle lifecycle) {
    return new InFlightHttpFilter(lifecycle);
  }

  @Override
  public String description() {
    return "counts requests in flight";
  }

  @Override
  public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
    ConnectionHeader connection = ConnectionHeader.in(exchange.getResponseHeaders(), lifecycle);
    if (exchange.getHttpContext().getHandler() instanceof EndpointHttpHandler) {
      chain.doFilter(exchange);
      return;
    }
    long ticket = inFlight.begin(exchange.getRequestMethod(), exchange.getRequestURI().getPath());
    if (ticket == InFlight.REFUSED) {
      refuse(exchange);
      return;
    }
    CountedExchange one = new CountedExchange(this, ticket, exchange, connection);
    boolean goesOn = false;
    try {
      one.follow();
      chain.doFilter(exchange);
      goesOn = goesOn(one);
    } finally {
      if (!goesOn) {
        one.end();
      }
    }
  }

  private static void refuse(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Retry-After", "1");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    // Not left to the lifecycle: an application may close the gate without draining.
    exchange.getResponseHeaders().set("Connection", "close");
    exchange.sendResponseHeaders(503, -1);
  }

  /** Whether the exchange goes on without this thread. */
  private boolean goesOn(CountedExchange one) {
    if (one.isOver() || one.isGivenUp()) {
      return false;
    }
    // List first, then look again: one that ends on another thread at this moment either finds
    // itself in the list or is found to be over here.
    goingOn.add(one);
    if (one.isOver()) {
      goingOn.remove(one);
      return false;
    }
    inFlight.detach(one.ticket());
    return true;
  }

  void ended(CountedExchange one) {
    if (one.leavesConnectionOpen()) {
      keptAliveAt = System.nanoTime();
    }
    goingOn.remove(one);
    inFlight.end(one.ticket());
  }

  /** How many go on after their handlers have returned. Ends those that were given up. */
  int goingOn() {
    goingOn.stream().filter(CountedExchange::isGivenUp).forEach(CountedExchange::end);
    return goingOn.size();
  }

  /** When a request last ended without its client having been told that the connection closes. */
  long keptAliveAt() {
    return keptAliveAt;
  }
}
