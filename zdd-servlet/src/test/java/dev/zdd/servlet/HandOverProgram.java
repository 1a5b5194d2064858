package dev.zdd.servlet;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/**
 * A Jetty on a port of its own ("reuse", which another may share) or on an inherited listener
 * ("inherit"); drained by SIGTERM. It says "ready", "drained" and "closed".
 */
final class HandOverProgram {
  private HandOverProgram() {}

  public static void main(String[] args) throws Exception {
    String name = args[0];
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, Integer.parseInt(args[2]), 1);
    connector.setHost("127.0.0.1");
    connector.setAcceptQueueSize(1024);
    if (args[1].equals("inherit")) {
      connector.setInheritChannel(true);
    } else {
      connector.setReusePort(true);
      connector.setPort(Integer.parseInt(args[3]));
    }
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract.NonBlocking() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            byte[] body = ("ok " + name).getBytes(StandardCharsets.US_ASCII);
            response.getHeaders().put("Content-Length", body.length);
            response.write(true, ByteBuffer.wrap(body), callback);
            return true;
          }
        });
    JettyDrain drain = JettyDrain.of(server);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(name, drain)));
    server.start();
    System.out.println(name + " ready " + connector.getLocalPort());
    server.join();
  }

  private static void drain(String name, JettyDrain drain) {
    try {
      drain.announce();
      drain.unbind();
      long start = System.nanoTime();
      while (drain.open() > 0 && System.nanoTime() - start < Duration.ofSeconds(20).toNanos()) {
        drain.closeIdle(Duration.ofSeconds(5));
        Thread.sleep(20);
      }
      System.out.println(name + " drained, open " + drain.open());
      drain.close();
      System.out.println(name + " closed");
    } catch (Exception e) {
      System.out.println(name + " failed " + e);
    }
  }
}
