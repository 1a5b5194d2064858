package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IdleClosingTest {
  private static final int CONNECTIONS = 100;
  private static final int LOOPS = 2;

  private final List<Client> clients = new ArrayList<>();
  private final Map<Integer, EventLoop> loops = new ConcurrentHashMap<>();
  private final Set<EventLoop> asked = ConcurrentHashMap.newKeySet();

  /** As the first connection of a loop is closed, the client of its last one sends a request. */
  private final class AsksLate extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      loops.put(
          ((InetSocketAddress) ctx.channel().remoteAddress()).getPort(), ctx.channel().eventLoop());
      ctx.fireChannelActive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws IOException {
      if (event instanceof ChannelOutputShutdownEvent && asked.add(ctx.channel().eventLoop())) {
        last(ctx.channel().eventLoop()).get("/late");
      }
      ctx.fireUserEventTriggered(event);
    }
  }

  private Client last(EventLoop loop) {
    Client last = null;
    for (Client client : clients) {
      if (loops.get(client.socket.getLocalPort()).equals(loop)) {
        last = client;
      }
    }
    return last;
  }

  // The loop has looked at its sockets | it closes the first | a request comes on the last of many
  // |
  // it closes the last
  @Test
  void answersARequestThatComesWhileOthersAreClosed() throws Exception {
    try (var server =
        new TestServer(() -> List.<ChannelHandler>of(new AsksLate()), List::of, List::of)) {
      for (int i = 0; i < CONNECTIONS; i++) {
        Client client = server.client();
        clients.add(client);
        client.get("/x").answer();
      }
      server.lifecycle.drain("test");
      server.drain.announce();
      server.drain.unbind();

      int closed = server.drain.closeIdle(Duration.ZERO);

      assertThat(asked).hasSize(LOOPS);
      assertThat(closed).isEqualTo(CONNECTIONS - LOOPS);
      for (EventLoop loop : asked) {
        assertThat(last(loop).answer().body()).isEqualTo("/late");
      }
    } finally {
      for (Client client : clients) {
        client.close();
      }
    }
  }
}
