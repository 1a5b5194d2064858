package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.RawClient;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioWorker;

@Timeout(60)
class UndertowIdleTest {
  private static final int CONNECTIONS = 60;

  private final List<RawClient> clients = new ArrayList<>();
  private final List<UndertowConnection> connections = new CopyOnWriteArrayList<>();

  /** As the first of them is taken, the client of the last one sends a request. */
  @SuppressWarnings("serial")
  private static final class AsksLate extends ArrayDeque<UndertowConnection> {
    private final RawClient last;
    private boolean asked;

    AsksLate(List<UndertowConnection> candidates, RawClient last) {
      super(candidates);
      this.last = last;
    }

    @Override
    public UndertowConnection remove() {
      if (!asked) {
        asked = true;
        try {
          last.get("/late");
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return super.remove();
    }
  }

  private void handle(HttpServerExchange exchange) {
    connections.add(UndertowConnection.of(exchange));
    exchange.getResponseSender().send(exchange.getRequestPath());
  }

  // The thread has looked at its sockets | it closes the first | a request comes on the last of
  // many | it closes the last
  @Test
  void answersARequestThatComesWhileOthersAreClosed() throws Exception {
    XnioWorker worker =
        Xnio.getInstance().createWorker(OptionMap.create(Options.WORKER_IO_THREADS, 1));
    UndertowDrain drain = UndertowDrain.create(worker);
    Undertow undertow =
        Undertow.builder()
            .setWorker(drain.worker())
            .addHttpListener(0, "127.0.0.1")
            .setHandler(drain.handler(this::handle))
            .build();
    drain.server(undertow);
    undertow.start();
    int port = ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        RawClient client = new RawClient(port);
        clients.add(client);
        client.get("/x").response();
      }
      drain.announce();
      drain.unbind();
      RawClient last = clients.get(CONNECTIONS - 1);
      AtomicInteger closed = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(1);

      new UndertowIdle(connections.get(0).thread(), new AsksLate(connections, last), closed, done)
          .start();

      done.await();
      assertThat(closed).hasValue(CONNECTIONS - 1);
      assertThat(last.response()).endsWith("/late");
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
      drain.close();
      worker.shutdownNow();
    }
  }
}
