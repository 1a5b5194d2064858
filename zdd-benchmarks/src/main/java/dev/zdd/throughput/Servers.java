package dev.zdd.throughput;

import dev.zdd.core.Lifecycle;
import java.nio.charset.StandardCharsets;

/** Starts them all and says where they are: server, protocol, variant, port. */
public final class Servers {
  static final byte[] ANSWER = "Hello, world\n".getBytes(StandardCharsets.US_ASCII);

  private Servers() {}

  /** Takes no arguments; runs until it is killed. */
  public static void main(String[] args) throws Exception {
    Lifecycle lifecycle = new Lifecycle();
    lifecycle.ready();
    for (boolean http2 : new boolean[] {false, true}) {
      for (boolean zdd : new boolean[] {false, true}) {
        Lifecycle mayBe = zdd ? lifecycle : null;
        say("jetty", http2, zdd, OnJetty.start(http2, mayBe));
        say("netty", http2, zdd, OnNetty.start(http2, mayBe));
      }
    }
    System.out.println("started");
    Thread.currentThread().join();
  }

  private static void say(String server, boolean http2, boolean zdd, int port) {
    System.out.println(
        server + " " + (http2 ? "h2" : "h1") + " " + (zdd ? "zdd" : "plain") + " " + port);
  }
}
