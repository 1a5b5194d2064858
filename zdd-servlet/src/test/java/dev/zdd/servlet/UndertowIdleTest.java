package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xnio.XnioExecutor;

@Timeout(60)
class UndertowIdleTest {
  private static final int CONNECTIONS = 200;

  private final List<RawClient> clients = new ArrayList<>();
  private final Map<Integer, UndertowConnection> connections = new ConcurrentHashMap<>();

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
    int client = ((InetSocketAddress) exchange.getConnection().getPeerAddress()).getPort();
    connections.put(client, UndertowConnection.of(exchange));
    exchange.getResponseSender().send(exchange.getRequestPath());
  }

  // The thread has looked at its sockets | it closes the first | a request comes on the last of
  // many | it closes the last
  @Test
  void answersARequestThatComesWhileOthersAreClosed() throws Exception {
    UndertowDrain drain = UndertowDrain.create();
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
      List<UndertowConnection> ofOneThread = new ArrayList<>();
      XnioExecutor thread = connections.get(clients.get(0).socket.getLocalPort()).thread();
      RawClient last = null;
      for (RawClient client : clients) {
        UndertowConnection connection = connections.get(client.socket.getLocalPort());
        if (connection.thread() == thread) {
          ofOneThread.add(connection);
          last = client;
        }
      }
      assertThat(ofOneThread).hasSizeGreaterThan(20);
      AtomicInteger closed = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(1);

      new UndertowIdle(thread, new AsksLate(ofOneThread, last), closed, done).start();

      done.await();
      assertThat(closed).hasValue(ofOneThread.size() - 1);
      assertThat(last.response()).endsWith("/late");
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
      drain.close();
    }
  }
}
