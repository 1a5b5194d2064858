package dev.zdd.health;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** See {@link Checks#tcp}. */
final class TcpCheck implements HealthCheck {
  private final String host;
  private final int port;

  TcpCheck(String host, int port) {
    this.host = host;
    this.port = port;
  }

  @Override
  public HealthResult check() throws IOException {
    return check(Duration.ofSeconds(CheckOptions.DEFAULT_TIMEOUT_SECONDS));
  }

  @Override
  public HealthResult check(Duration timeout) throws IOException {
    try (Socket socket = new Socket()) {
      // The name is looked up each time: what it stands for may have moved. Not the whole of the
      // timeout, so that the answer is ours; 0 would mean for ever.
      socket.connect(
          new InetSocketAddress(host, port), (int) Math.max(1, timeout.toMillis() * 9 / 10));
      return HealthResult.up();
    }
  }
}
