package dev.zdd.throughput;

import dev.zdd.core.Lifecycle;
import java.nio.charset.StandardCharsets;

/** Starts one server twice, with zdd and without, and says where they are: variant, port. */
public final class Servers {
  static final byte[] ANSWER = "Hello, world\n".getBytes(StandardCharsets.US_ASCII);

  private Servers() {}

  /**
   * Runs until it is killed.
   *
   * @param args "jetty" or "netty", then "h1" or "h2"
   */
  public static void main(String[] args) throws Exception {
    Lifecycle lifecycle = new Lifecycle();
    lifecycle.ready();
    boolean http2 = args[1].equals("h2");
    for (boolean zdd : new boolean[] {false, true}) {
      Lifecycle mayBe = zdd ? lifecycle : null;
      int port =
          switch (args[0]) {
            case "jetty" -> OnJetty.start(http2, mayBe);
            case "netty" -> OnNetty.start(http2, mayBe);
            default -> throw new IllegalArgumentException(args[0] + " (expected: jetty, netty)");
          };
      System.out.println((zdd ? "zdd" : "plain") + " " + port);
    }
    System.out.println("started");
    Thread.currentThread().join();
  }
}
