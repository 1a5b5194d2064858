package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProbesTest {
  private final Probes probes = new Probes();
  private final EndpointHandler health = answering("/ready");
  private final EndpointHandler preStop = answering("/prestop");

  private static EndpointHandler answering(String path) {
    return EndpointHandler.of(
        request -> {
          throw new AssertionError("not asked here");
        },
        path);
  }

  private List<EndpointHandler> in(ChannelHandler... handlers) {
    EmbeddedChannel channel = new EmbeddedChannel(handlers);
    try {
      return probes.endpoints(channel.pipeline());
    } finally {
      channel.close();
    }
  }

  @Test
  void findsEveryEndpointOfThePipeline() {
    List<EndpointHandler> found = in(health, new ChannelInboundHandlerAdapter(), preStop);

    assertThat(found).containsExactly(health, preStop);
    assertThat(Probes.include(found, "/ready/db?verbose")).isTrue();
    assertThat(Probes.include(found, "/prestop")).isTrue();
    assertThat(Probes.include(found, "/orders")).isFalse();
    assertThat(in(new ChannelInboundHandlerAdapter())).isEmpty();
  }

  @Test
  void pipelinesWithTheSameHandlersShareAList() {
    assertThat(in(health, preStop)).isSameAs(in(health, preStop));
  }

  @Test
  void pipelinesWithOtherHandlersHaveTheirOwn() {
    for (int turn = 0; turn < 2; turn++) {
      assertThat(in(health, preStop)).containsExactly(health, preStop);
      assertThat(in(preStop)).containsExactly(preStop);
      assertThat(in()).isEmpty();
    }
  }
}
