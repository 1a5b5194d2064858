package dev.zdd.examples.demo;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The load must not lose by its own doing what the servers would have answered. */
@Timeout(60)
class Http2SenderTest {
  private final Map<String, Callback> held = new ConcurrentHashMap<>();
  private final Map<Session, Boolean> sessions = new ConcurrentHashMap<>();
  private final Server server = new Server();
  private final HTTP2CServerConnectionFactory http2 =
      new HTTP2CServerConnectionFactory(new HttpConfiguration());
  private final ServerConnector connector = new ServerConnector(server, http2);
  private final Sender sender = Sender.over(Protocol.H2, Duration.ofSeconds(20), 100);

  @BeforeEach
  void start() throws Exception {
    http2.addEventListener(
        new HTTP2Session.LifeCycleListener() {
          @Override
          public void onOpen(Session session) {
            sessions.put(session, true);
          }
        });
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            String path = Request.getPathInContext(request);
            if (path.equals("/quick")) {
              callback.succeeded();
            } else {
              held.put(path, callback);
            }
            return true;
          }
        });
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    sender.close();
    server.stop();
  }

  /** Each was open when the GOAWAY came; Jetty's own pool resets the last of them. */
  @Test
  void waitsForAllThatIsOpenOnAConnectionThatGoesAway() throws Exception {
    // Before there is a connection each request opens one.
    var warm = send("/warm");
    await().until(() -> held.size() == 1);
    answer("/warm", warm);
    var first = send("/first");
    var second = send("/second");
    var third = send("/third");
    await().until(() -> held.size() == 3);
    assertThat(sessions).as("one connection carries the three").hasSize(1);

    Session leaving = sessions.keySet().iterator().next();
    ((HTTP2Session) leaving).goAway(GoAwayFrame.GRACEFUL, Callback.NOOP);
    // Goes to a second connection when the client has read the GOAWAY; until then to the first.
    var later = sendUntilASecondConnectionIsOpen();

    answer("/first", first);
    answer("/second", second);
    answer("/third", third);
    later.forEach(this::answer);
  }

  // A thread has its connection from the pool | another reads the GOAWAY on it | the first opens
  // its stream, which Jetty refuses it. Many requests make sure that it happens.
  @Test
  void sendsElsewhereWhatHadNoStreamYet() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Queue<Throwable> lost = new ConcurrentLinkedQueue<>();
    AtomicInteger answered = new AtomicInteger();
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread one =
          new Thread(() -> {
            while (!over.get()) {
              try {
                send("/quick").orTimeout(10, SECONDS).join();
                answered.incrementAndGet();
              } catch (CompletionException e) {
                lost.add(e.getCause());
              }
            }
          });
      one.start();
      senders.add(one);
    }
    for (int goaway = 0; goaway < 40; goaway++) {
      int before = answered.get();
      await().until(() -> answered.get() > before + 20 || !lost.isEmpty());
      for (Session session : sessions.keySet()) {
        sessions.remove(session);
        // The frame alone: Jetty's own goAway() would refuse streams that are on their way.
        ((HTTP2Session) session).frames(null, List.of(GoAwayFrame.GRACEFUL), Callback.NOOP);
      }
    }
    over.set(true);
    for (Thread one : senders) {
      one.join();
    }
    assertThat(lost).isEmpty();
  }

  private Map<String, CompletableFuture<Integer>> sendUntilASecondConnectionIsOpen() {
    Map<String, CompletableFuture<Integer>> sent = new ConcurrentHashMap<>();
    await()
        .until(() -> {
          String path = "/later" + sent.size();
          sent.put(path, send(path));
          return sessions.size() > 1;
        });
    await().until(() -> held.keySet().containsAll(sent.keySet()));
    return sent;
  }

  private void answer(String path, CompletableFuture<Integer> status) {
    assertThat(status).as(path).isNotDone();
    held.remove(path).succeeded();
    assertThat(status.orTimeout(10, SECONDS).join()).as(path).isEqualTo(200);
  }

  private CompletableFuture<Integer> send(String path) {
    CompletableFuture<Integer> status = new CompletableFuture<>();
    sender.send(
        URI.create("http://127.0.0.1:" + connector.getLocalPort()),
        new PlannedRequest(Kind.GET, 0, "GET", path, "", null),
        new Sender.Callback() {
          @Override
          public void answered(Sender.Answer answer) {
            status.complete(answer.status());
          }

          @Override
          public void failed(Exception e) {
            status.completeExceptionally(e);
          }
        });
    return status;
  }
}
