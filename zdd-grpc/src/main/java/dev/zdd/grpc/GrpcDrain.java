package dev.zdd.grpc;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Drainable;
import io.grpc.Server;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Drains a grpc-java {@link Server}, whatever its transport. An {@link InFlightInterceptor} counts
 * its calls.
 *
 * <p>Nothing happens on the wire at T0: {@link Server#shutdown} is the only way to tell clients to
 * go elsewhere, and it closes the listener too, while a balancer still sends connections here. At
 * T1 it closes the listener and then sends on each connection GOAWAY(2^31-1) and a PING, and after
 * the PING's answer (or 10 s) the GOAWAY with the last stream's id, as RFC 9113 section 6.8 has it:
 * calls that are on the wire are served, later ones go elsewhere, and a connection closes after its
 * last call. No idle connection has to be cut.
 *
 * <p>A connection that the kernel had taken and the server had not accepted is reset. A grpc-java
 * client sends its first call after the server's SETTINGS, which such a connection never gets, so
 * it loses no call; a client that does not wait for them may.
 */
public final class GrpcDrain implements Drainable {
  private static final Duration TERMINATION = Duration.ofSeconds(2);

  private final Server server;

  private GrpcDrain(Server server) {
    this.server = requireNonNull(server, "server");
  }

  /** Drains {@code server}, which may be started before or after. */
  public static GrpcDrain of(Server server) {
    return new GrpcDrain(server);
  }

  @Override
  public void announce() {}

  @Override
  public void unbind() {
    server.shutdown();
  }

  /** 0 when the last connection has closed, 1 before: grpc does not tell how many there are. */
  @Override
  public int open() {
    return server.isTerminated() ? 0 : 1;
  }

  /** Does nothing: a connection that has been told to go closes by itself when it is idle. */
  @Override
  public int closeIdle(Duration idle) {
    return 0;
  }

  /**
   * Cancels the calls that are left and closes their connections.
   *
   * @throws TimeoutException if that took longer than 2 s
   */
  @Override
  public void close() throws InterruptedException, TimeoutException {
    server.shutdownNow();
    if (!server.awaitTermination(TERMINATION.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new TimeoutException("the gRPC server has not terminated within 2 s");
    }
  }
}
