package dev.zdd.flags;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.zdd.testing.FreePort;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedisServersTest {
  @Test
  void withNoNodeThatLivesTheProblemIsSaid() throws Exception {
    RedisURI nobody = RedisURI.create("127.0.0.1", FreePort.next());
    RedisClient client = RedisClient.create();
    try (RedisFlagWriter writer =
        RedisFlagWriter.cluster(client, List.of(nobody, nobody), "shop", ofSeconds(30))) {
      assertThatIOException().isThrownBy(writer::read).withMessageContaining("Connection refused");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisFlagSource.cluster(client, List.of(), "shop"))
        .withMessage("nodes: none (expected: at least one of the cluster's)");
    client.shutdown(Duration.ZERO, ofSeconds(2));
  }

  @Test
  void readsWhereAnotherNodeIs() throws Exception {
    RedisURI asked = RedisURI.builder().withHost("here").withPort(1).withSsl(true).build();
    RedisURI moved = RedisServers.moved(asked, "MOVED 3999 10.0.0.7:6381");
    assertThat(moved.getHost()).isEqualTo("10.0.0.7");
    assertThat(moved.getPort()).isEqualTo(6381);
    assertThat(moved.isSsl()).isTrue();
    assertThat(RedisServers.moved(asked, "MOVED 3999 fd00::7:6381").getHost()).isEqualTo("fd00::7");
    assertThat(RedisServers.moved(asked, "MOVED 3999 :6381").getHost()).isEqualTo("here");
    assertThatIOException()
        .isThrownBy(() -> RedisServers.moved(asked, "MOVED 3999"))
        .withMessage("\"MOVED 3999\" (expected: MOVED, a slot, a host and a port)");
  }
}
