package dev.zdd.servlet;

import dev.zdd.core.ContextMaker;
import dev.zdd.core.RequestContext;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Binds whom a request is for: what is behind this filter has it by {@link RequestContext#current}.
 * Put it behind what knows the user, on {@code /*}, with asynchronous requests supported, for the
 * dispatchers {@code REQUEST}, {@code ASYNC}, {@code ERROR} and {@code FORWARD}.
 *
 * <pre>{@code
 * RequestContextFilter.of(request -> RequestContext.of(request.getRemoteUser()))
 * }</pre>
 *
 * <p>The context is made once for a request, and is the same in all of its dispatches, also where
 * an asynchronous one goes on on another thread. It is bound to the thread of a dispatch for as
 * long as the filter chain runs, and to no other: what is handed to another thread ({@code
 * AsyncContext.start}, a {@code ReadListener}, an executor) takes it along by {@link
 * RequestContext#wrap(Runnable)} or {@link RequestContext#carriedBy}. Of two such filters the inner
 * one's context is bound behind it. Thread-safe.
 */
public final class RequestContextFilter implements Filter {
  private static final AtomicInteger FILTERS = new AtomicInteger();

  private final ContextMaker<HttpServletRequest> maker;

  // Of this filter alone, so that another one's context is not taken for its own.
  private final String attribute =
      RequestContextFilter.class.getName() + "." + FILTERS.incrementAndGet();

  private RequestContextFilter(ContextMaker<HttpServletRequest> maker) {
    this.maker = maker;
  }

  /**
   * A filter that asks {@code function} whom a request is for: once for each request, on its
   * thread, before the rest of the chain. If it throws or returns null, that is logged and the
   * request goes on with a context that has no id.
   */
  public static RequestContextFilter of(
      Function<? super HttpServletRequest, ? extends @Nullable RequestContext> function) {
    return new RequestContextFilter(ContextMaker.of(function));
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!(request instanceof HttpServletRequest httpRequest)) {
      chain.doFilter(request, response);
      return;
    }
    try {
      context(httpRequest)
          .call(() -> {
            chain.doFilter(request, response);
            return true;
          });
    } catch (IOException | ServletException | RuntimeException e) {
      throw e;
    } catch (Exception e) { // thrown by one that does not declare it
      throw new ServletException(e);
    }
  }

  private RequestContext context(HttpServletRequest request) {
    if (request.getAttribute(attribute) instanceof RequestContext known) {
      return known; // a further dispatch
    }
    RequestContext made = maker.context(request);
    request.setAttribute(attribute, made);
    return made;
  }
}
