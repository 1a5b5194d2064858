package dev.zdd.servlet;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a zdd {@link Endpoint} in a servlet container. Map it to the paths that the endpoint
 * answers, each with what is below it: {@code /healthz/*}, {@code /ready/*}, {@code /startup/*}.
 *
 * <p>Thread-safe. It decides nothing: status, headers and body are the endpoint's. An {@link
 * InFlightFilter} leaves its requests alone, so that probes are answered to the end.
 *
 * <p>A request that waits for a change ({@link Endpoint#later}) holds its connection and no thread.
 * That needs {@code setAsyncSupported(true)} on the servlet and on each filter before it; without
 * it such a request is answered at once, and no body is read ({@link Endpoint#bodyReader}). No
 * filter before it may have read the body, by {@code getParameter} for example.
 */
public final class EndpointServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  private static final Logger log = LoggerFactory.getLogger(EndpointServlet.class);

  private final transient Endpoint endpoint;

  private EndpointServlet(Endpoint endpoint) {
    this.endpoint = requireNonNull(endpoint, "endpoint");
  }

  /** A servlet that answers with {@code endpoint}. */
  public static EndpointServlet of(Endpoint endpoint) {
    return new EndpointServlet(endpoint);
  }

  // Not doGet: which methods are allowed is for the endpoint to say.
  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    ServletEndpointRequest asked = new ServletEndpointRequest(request);
    boolean canWait = request.isAsyncSupported();
    BodyReader reader = canWait && !asked.isRead() ? endpoint.bodyReader(asked) : null;
    if (reader != null) {
      readAndAnswer(request, response, reader);
      return;
    }
    CompletableFuture<EndpointResponse> later = canWait ? endpoint.later(asked) : null;
    boolean isHead = request.getMethod().equals("HEAD");
    if (later == null) {
      answer(response, endpoint.handle(asked), isHead);
    } else {
      answerLater(request.startAsync(request, response), later, isHead);
    }
  }

  private static void readAndAnswer(
      HttpServletRequest request, HttpServletResponse response, BodyReader reader)
      throws IOException {
    byte[] body = request.getInputStream().readNBytes(reader.maxBytes() + 1);
    if (body.length > reader.maxBytes()) {
      answer(response, reader.tooLong(), false);
    } else {
      answerLater(request.startAsync(request, response), reader.answer(body), false);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // whatever becomes of it is handled in the callback
  private static void answerLater(
      AsyncContext context, CompletableFuture<EndpointResponse> later, boolean isHead) {
    context.setTimeout(0); // the endpoint knows the time, and always answers
    context.addListener(new Gone(later));
    // On a thread of the container's: to write may block, and the endpoint's thread must not.
    later.whenComplete((answer, failure) -> {
      if (!later.isCancelled()) {
        try {
          context.start(() -> write(context, answer, failure, isHead));
        } catch (RuntimeException e) {
          log.debug("who waited has gone, or the container has stopped", e);
        }
      }
    });
  }

  private static void write(
      AsyncContext context,
      @Nullable EndpointResponse answer,
      @Nullable Throwable failure,
      boolean isHead) {
    try {
      HttpServletResponse response = (HttpServletResponse) context.getResponse();
      if (answer == null) {
        log.error("an endpoint has failed to answer later", failure);
        response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      } else {
        answer(response, answer, isHead);
      }
      context.complete();
    } catch (IOException | RuntimeException e) {
      log.debug("who waited has gone", e);
    }
  }

  private static void answer(HttpServletResponse response, EndpointResponse answer, boolean isHead)
      throws IOException {
    // The status before anything else: a body that fills the buffer commits what stands then.
    response.setStatus(answer.status());
    for (EndpointResponse.Header header : answer.headers()) {
      response.setHeader(header.name(), header.value());
    }
    if (answer.status() == HttpServletResponse.SC_NOT_MODIFIED) {
      response.flushBuffer(); // before Jetty gives it a length, which would have to be the 200's
      return;
    }
    response.setContentLength(answer.body().length);
    if (!isHead) {
      response.getOutputStream().write(answer.body());
    }
  }

  /** The container has seen the client go: an HTTP/2 stream was reset, a connection broken. */
  private record Gone(CompletableFuture<EndpointResponse> later) implements AsyncListener {
    @Override
    public void onError(AsyncEvent event) {
      later.cancel(false);
      event.getAsyncContext().complete();
    }

    @Override
    public void onComplete(AsyncEvent event) {
      later.cancel(false); // unless it was answered
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      onError(event);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      // It never starts twice.
    }
  }
}
