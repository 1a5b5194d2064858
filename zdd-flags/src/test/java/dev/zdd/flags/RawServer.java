package dev.zdd.flags;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that does with each connection what no HTTP server would. */
final class RawServer implements AutoCloseable {
  /** What it does; the connection is closed when it returns or throws. */
  interface Conduct {
    void with(Socket connection) throws Exception;
  }

  /** How often the conduct ended by an exception: the client had hung up. */
  final AtomicInteger hangUps = new AtomicInteger();

  final AtomicInteger connections = new AtomicInteger();

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Conduct conduct;
  private final Thread acceptor;

  RawServer(Conduct conduct) throws IOException {
    this.conduct = conduct;
    this.acceptor = start(this::accept);
  }

  URI uri() {
    return URI.create("http://localhost:" + listener.getLocalPort() + "/flags.json");
  }

  /** Returns when connections are refused. */
  @Override
  public void close() throws IOException {
    listener.close();
    // The kernel listens until the thread is out of its call of accept, which may yet return a
    // connection that comes in between.
    try {
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket each : open) {
      each.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listener.accept();
        connections.incrementAndGet();
        open.add(connection);
        start(() -> serve(connection));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      byte[] request = new byte[4096];
      if (connection.getInputStream().read(request) > 0) {
        conduct.with(connection);
      }
    } catch (Exception e) {
      hangUps.incrementAndGet();
    }
  }

  private static Thread start(Runnable what) {
    Thread thread = new Thread(what, "raw-server");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
