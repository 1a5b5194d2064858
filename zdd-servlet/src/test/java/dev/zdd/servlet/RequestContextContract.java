package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import dev.zdd.testing.RawClient;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link RequestContextFilter} promises on every server. */
@Timeout(60)
@TestInstance(Lifecycle.PER_CLASS)
abstract class RequestContextContract {
  private final FilteredServer.Start start;
  private final AtomicInteger made = new AtomicInteger();
  private FilteredServer server;

  RequestContextContract(FilteredServer.Start start) {
    this.start = start;
  }

  @BeforeAll
  void startServer() throws Exception {
    server = start(null);
  }

  @AfterAll
  void stopServer() throws Exception {
    server.close();
  }

  private FilteredServer start(@Nullable ExecutorService executor) throws Exception {
    return start.start(RequestContextFilter.of(this::context), new Application(), executor);
  }

  private @Nullable RequestContext context(HttpServletRequest request) {
    made.incrementAndGet();
    String user = request.getHeader("User");
    if ("fails".equals(user)) {
      throw new IllegalStateException("broken on purpose");
    }
    return "null".equals(user) ? null : RequestContext.of(user);
  }

  private static String get(FilteredServer from, String path, String user) throws IOException {
    try (RawClient client =
        new RawClient(from.port())) { // a new one: a 500 may have ended the last
      return client
          .send("GET " + path + " HTTP/1.1\r\nHost: zdd\r\nUser: " + user + "\r\n\r\n")
          .response();
    }
  }

  private static String thread(String response) {
    int from = response.indexOf("Thread: ") + "Thread: ".length();
    return response.substring(from, response.indexOf('\r', from));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"sync", "forward", "dispatch", "complete", "send-error", "throws", "times-out"})
  void bindsOneContextForAllOfARequest(String path) throws Exception {
    made.set(0);
    for (String user : new String[] {"alice", "bob"}) {
      assertThat(get(server, "/app/" + path, user)).endsWith("\n" + user + " the same");
    }
    assertThat(made).hasValue(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fails", "null"})
  void aRequestWhoseContextCannotBeMadeIsOfNobodyKnown(String user) throws Exception {
    assertThat(get(server, "/app/sync", user))
        .startsWith("HTTP/1.1 200")
        .endsWith("\nnull the same");
  }

  /** Until a thread that had a request behind the filter serves one that is not. */
  @Test
  void leavesNothingBoundOnAThreadThatServesTheNextRequest() throws Exception {
    Set<String> had = new HashSet<>();
    boolean again = false;
    for (int n = 0; n < 5 || !again; n++) {
      for (String path : new String[] {"sync", "dispatch", "throws", "complete"}) {
        had.add(thread(get(server, "/app/" + path, "alice")));
        String bare = get(server, "/bare/sync", "alice");
        assertThat(bare).endsWith("\nnone");
        again |= had.contains(thread(bare));
      }
    }
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "there are no virtual threads")
  void bindsToVirtualThreads() throws Exception {
    ExecutorService virtual =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    try (FilteredServer server = start(virtual)) {
      for (String path : new String[] {"sync", "dispatch", "complete", "throws"}) {
        assertThat(get(server, "/app/" + path, "alice"))
            .contains("Virtual: true")
            .endsWith("\nalice the same");
      }
    } finally {
      virtual.shutdownNow();
    }
  }

  /** Says whom it works for, and whether that is the context which the request had first. */
  private static final class Application extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException {
      if (request.getAttribute("first") == null) {
        request.setAttribute("first", RequestContext.current());
        response.setHeader("Virtual", Boolean.toString(isVirtual()));
      }
      boolean isFirst = request.getDispatcherType() == DispatcherType.REQUEST;
      switch (isFirst ? request.getPathInfo() : "/answer") {
        case "/forward" -> request.getRequestDispatcher("/app/sync").forward(request, response);
        case "/send-error" -> response.sendError(500);
        case "/throws" -> throw new IllegalStateException("thrown by the application");
        case "/times-out" -> request.startAsync().setTimeout(20);
        case "/dispatch" -> {
          AsyncContext async = request.startAsync();
          async.setTimeout(0);
          new Thread(
                  () -> {
                    if (RequestContext.current() == null) { // else nobody answers
                      async.dispatch();
                    }
                  })
              .start();
        }
        case "/complete" -> {
          AsyncContext async = request.startAsync();
          async.setTimeout(0);
          Runnable answer =
              () -> {
                answer(request, response);
                async.complete();
              };
          new Thread(RequestContext.current().wrap(answer)).start();
        }
        default -> answer(request, response);
      }
    }

    private static void answer(HttpServletRequest request, HttpServletResponse response) {
      RequestContext context = RequestContext.current();
      boolean same = context == request.getAttribute("first");
      String text = context == null ? "none" : context.id() + (same ? " the same" : " another");
      if (response.getHeader("Virtual") == null) { // an error has taken the headers back
        response.setHeader("Virtual", Boolean.toString(isVirtual()));
      }
      response.setHeader("Thread", Thread.currentThread().getName());
      try {
        response.setContentLength(text.length() + 1);
        response.getOutputStream().print("\n" + text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static boolean isVirtual() {
      try {
        return Runtime.version().feature() >= 21
            && (boolean) Thread.class.getMethod("isVirtual").invoke(Thread.currentThread());
      } catch (ReflectiveOperationException e) {
        throw new AssertionError(e);
      }
    }
  }
}
