package dev.zdd.servlet;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.LongLived;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An application that a test can hold back, the same on every server. */
final class ContractApplication extends HttpServlet {
  private static final long serialVersionUID = 1;

  /** More than any server buffers, so that writing it commits the response. */
  static final int MORE_THAN_A_BUFFER = 1 << 18;

  /** More than the kernel buffers, so that a client that does not read it stops its writer. */
  static final int MORE_THAN_THE_KERNEL_TAKES = 1 << 24;

  final transient Lifecycle lifecycle = new Lifecycle();
  final AtomicInteger calls = new AtomicInteger();
  final transient CountDownLatch release = new CountDownLatch(1);

  /** Who waits to be told of the drain; a test may tell them earlier. */
  final transient Queue<CompletableFuture<EndpointResponse>> polls = new ConcurrentLinkedQueue<>();

  private final transient @Nullable Endpoint instead;

  ContractApplication() {
    this(null);
  }

  /** With another endpoint in the place of the readiness probe. */
  ContractApplication(@Nullable Endpoint instead) {
    this.instead = instead;
  }

  Endpoint readiness() {
    if (instead != null) {
      return instead;
    }
    lifecycle.onTransition(transition -> {
      if (transition.to() == Lifecycle.State.DRAINING) {
        start(() ->
            polls.forEach(
                poll -> poll.complete(EndpointResponse.of(503, "text/plain", "leaving\n"))));
      }
    });
    return new Endpoint() {
      @Override
      public EndpointResponse handle(EndpointRequest request) {
        return EndpointResponse.of(
            lifecycle.isLeaving() ? 503 : 200, "text/plain", request.path() + "\n");
      }

      @Override
      public @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
        if (request.header("Prefer") == null) {
          return null;
        }
        CompletableFuture<EndpointResponse> poll = new CompletableFuture<>();
        polls.add(poll);
        return poll;
      }
    };
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    calls.incrementAndGet();
    switch (request.getServletPath()) {
      case "/held" -> {
        await();
        answer(response, 2);
      }
      case "/held-empty" -> {
        await();
        response.setStatus(204);
      }
      case "/held-big" -> {
        await();
        answer(response, MORE_THAN_A_BUFFER);
      }
      case "/held-chunked" -> {
        await();
        response.getOutputStream().write(body(MORE_THAN_A_BUFFER));
      }
      case "/big" -> answer(response, MORE_THAN_THE_KERNEL_TAKES);
      case "/stream" -> {
        response.getOutputStream().print("begun");
        response.flushBuffer();
        await();
        response.getOutputStream().print("ended");
      }
      case "/async" -> {
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        start(() -> {
          await();
          answer(response, 2);
          async.complete();
        });
      }
      case "/events" -> events(request.startAsync());
      default -> answer(response, 2); // reads nothing of what may have come with the request
    }
  }

  private void events(AsyncContext async) throws IOException {
    async.setTimeout(0);
    HttpServletResponse response = (HttpServletResponse) async.getResponse();
    response.setContentType("text/event-stream");
    response.getOutputStream().print("data: 1\n\n");
    response.flushBuffer();
    AtomicReference<LongLived.Registration> registration = new AtomicReference<>();
    registration.set(
        lifecycle
            .longLived()
            .open(() -> {
              try {
                response.getOutputStream().print("retry: 10\n\n: goodbye\n\n");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              async.complete();
              registration.get().close();
            }));
  }

  void await() {
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** {@code length} bytes that end in "ok". */
  private static byte[] body(int length) {
    byte[] body = new byte[length];
    body[length - 2] = 'o';
    body[length - 1] = 'k';
    return body;
  }

  private static void answer(HttpServletResponse response, int length) {
    try {
      response.setContentLength(length);
      response.getOutputStream().write(body(length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "application");
    thread.setDaemon(true);
    thread.start();
  }
}
