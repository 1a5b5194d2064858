package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds ports for the demo's processes. Below the range from which Linux takes the local ports of
 * outgoing connections (32768 and up): an instance's port is free for a second while it is
 * replaced, and no connection of the balancer may land on it.
 */
final class Ports {
  static final int LOWEST = 18_000;
  static final int HIGHEST = 31_999;
  private static final int TRIES = 200;

  private final Set<Integer> given = new HashSet<>();

  synchronized int next() {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
      if (!given.contains(port) && isFree(port)) {
        given.add(port);
        return port;
      }
    }
    throw new Refusal("no free port found between " + LOWEST + " and " + HIGHEST);
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
