package dev.zdd.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for what a test starts: from 10,000 to 17,999, at random, none of them twice in one JVM.
 *
 * <p>Linux takes the local ports of connections, and the ports of those who ask for port 0, from
 * 32,768 up (unless {@code net.ipv4.ip_local_port_range} says otherwise). A port from there can be
 * somebody else's before the process that it is meant for listens on it, or while that process is
 * started again; one of these cannot. The demo's processes have those from 18,000 to 31,999.
 */
public final class FreePort {
  private static final FreePort PORTS = new FreePort(10_000, 17_999);

  private final int lowest;
  private final int count;
  private final Set<Integer> given = new HashSet<>(); // guarded by this

  FreePort(int lowest, int highest) {
    this.lowest = lowest;
    this.count = highest - lowest + 1;
  }

  /** A port on which nobody listens at 127.0.0.1. Any thread. */
  public static int next() {
    return PORTS.take();
  }

  synchronized int take() {
    int start = ThreadLocalRandom.current().nextInt(count);
    for (int i = 0; i < count; i++) {
      int port = lowest + (start + i) % count;
      if (!given.contains(port) && isFree(port)) {
        given.add(port);
        return port;
      }
    }
    throw new IllegalStateException(
        "no port is free from " + lowest + " to " + (lowest + count - 1));
  }

  static boolean isFree(int port) {
    try (ServerSocket listener = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return listener.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
