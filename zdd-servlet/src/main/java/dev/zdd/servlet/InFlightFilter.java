package dev.zdd.servlet;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Counts each request as in flight from here until it is complete, asynchronous ones included, and
 * says {@code Connection: close} on HTTP/1.x responses from the moment the process is told to stop.
 * Put it first, on {@code /*}, with asynchronous requests supported.
 *
 * <p>Requests are served normally while the process drains. Only when the gate has closed, after
 * the listener and the last request, is a request refused: 503, {@code Retry-After: 1}, {@code
 * Connection: close}. Requests to an {@link EndpointServlet} are neither counted nor refused.
 *
 * <p>Thread-safe; on the request path it takes no lock and allocates nothing for a synchronous
 * request. A filter sees the end of the application's work, not the last byte on the wire, and
 * cannot reach a response that was begun before the signal and is committed after it: a drain for
 * the container ({@link JettyDrain}, {@link TomcatDrain}, {@link UndertowDrain}) does both.
 */
public final class InFlightFilter implements Filter {
  /**
   * The attribute of a request whose container says {@code Connection: close} itself, where it is
   * known whether the client has sent more already.
   */
  static final String SAYS_CLOSE = "dev.zdd.servlet.saysClose";

  /** The attribute of a request on whose response this filter has said it. */
  static final String SAID_CLOSE = "dev.zdd.servlet.saidClose";

  private final Lifecycle lifecycle;
  private final InFlight inFlight;
  private volatile Set<String> endpointServlets = Set.of();

  private InFlightFilter(Lifecycle lifecycle) {
    this.lifecycle = requireNonNull(lifecycle, "lifecycle");
    this.inFlight = lifecycle.inFlight();
  }

  /** A filter that counts for the process whose lifecycle this is. */
  public static InFlightFilter of(Lifecycle lifecycle) {
    return new InFlightFilter(lifecycle);
  }

  @Override
  public void init(FilterConfig config) {
    Map<String, ? extends ServletRegistration> servlets =
        config.getServletContext().getServletRegistrations();
    endpointServlets =
        servlets.entrySet().stream()
            .filter(servlet ->
                EndpointServlet.class.getName().equals(servlet.getValue().getClassName()))
            .map(Map.Entry::getKey)
            .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request instanceof HttpServletRequest httpRequest
        && response instanceof HttpServletResponse httpResponse
        // A forward, an error page or an asynchronous dispatch is part of a request counted before.
        && request.getDispatcherType() == DispatcherType.REQUEST
        && !isProbe(httpRequest)) {
      count(httpRequest, httpResponse, chain);
    } else {
      chain.doFilter(request, response);
    }
  }

  private boolean isProbe(HttpServletRequest request) {
    return endpointServlets.contains(request.getHttpServletMapping().getServletName());
  }

  private void count(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    long ticket = inFlight.begin(request.getMethod(), request.getRequestURI());
    if (ticket == InFlight.REFUSED) {
      response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      response.setHeader("Retry-After", "1");
      response.setHeader("Cache-Control", "no-store");
      sayClose(request, response);
      return;
    }
    if (lifecycle.isLeaving()) {
      sayClose(request, response);
    }
    boolean goesOn = false;
    try {
      chain.doFilter(request, response);
      if (lifecycle.isLeaving() && !response.isCommitted()) {
        sayClose(request, response); // the signal came while the application was at work
      }
      goesOn = goesOn(request, ticket);
    } finally {
      if (!goesOn) {
        inFlight.end(ticket);
      }
    }
  }

  private static void sayClose(HttpServletRequest request, HttpServletResponse response) {
    // HTTP/2 forbids the header (RFC 9113 section 8.2.2); there a GOAWAY does it.
    if (request.getProtocol().startsWith("HTTP/1") && request.getAttribute(SAYS_CLOSE) == null) {
      response.setHeader("Connection", "close");
      request.setAttribute(SAID_CLOSE, true);
    }
  }

  /**
   * Whether the request goes on without this thread; then its completion takes it off the count.
   */
  private boolean goesOn(HttpServletRequest request, long ticket) {
    if (!request.isAsyncStarted()) {
      return false;
    }
    try {
      // Another thread may complete it at any moment. The container acts on that only after this
      // dispatch has returned (Servlet 6.1, AsyncContext.complete), so a listener added here is
      // told.
      request.getAsyncContext().addListener(new AsyncEnd(ticket));
    } catch (IllegalStateException e) {
      return false; // a container that was quicker than that: it is over
    }
    inFlight.detach(ticket);
    return true;
  }

  private final class AsyncEnd implements AsyncListener {
    private final long ticket;

    AsyncEnd(long ticket) {
      this.ticket = ticket;
    }

    @Override
    public void onComplete(AsyncEvent event) {
      inFlight.end(ticket);
    }

    @Override
    public void onError(AsyncEvent event) {
      // Not every container calls onComplete after a failure; the ticket can be given back twice.
      inFlight.end(ticket);
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      // The application or the container still answers; onComplete follows.
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      // A request that is dispatched and goes asynchronous again has lost its listeners.
      AsyncContext again = event.getAsyncContext();
      again.addListener(this);
    }
  }
}
