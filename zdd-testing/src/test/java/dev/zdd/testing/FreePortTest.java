package dev.zdd.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FreePortTest {
  @Test
  void givesPortsBelowTheKernelsAndTheDemosAndNoneTwice() {
    assertThat(IntStream.range(0, 500).map(i -> FreePort.next()).boxed())
        .allMatch(port -> port >= 10_000 && port < 18_000)
        .doesNotHaveDuplicates();
  }

  @Test
  void skipsAPortThatIsTakenAndSaysWhenNoneIsLeft() throws Exception {
    int taken = FreePort.next();
    FreePort ports = new FreePort(taken - 4, taken + 4);
    List<Integer> given = new ArrayList<>();
    try (ServerSocket listener = new ServerSocket(taken, 1, InetAddress.getLoopbackAddress())) {
      assertThat(listener.isBound()).isTrue();
      assertThatIllegalStateException()
          .isThrownBy(() -> {
            for (int i = 0; i < 9; i++) {
              given.add(ports.take());
            }
          })
          .withMessage("no port is free from %d to %d", taken - 4, taken + 4);
    }
    assertThat(given).isNotEmpty().doesNotContain(taken).doesNotHaveDuplicates();
    assertThat(ports.take()).isEqualTo(taken);
  }
}
