package dev.zdd.flags;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;

/** A TCP proxy that can lose the next reply, and the connection with it. */
final class ReplyCutter implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final AtomicBoolean armed = new AtomicBoolean();
  private final int target;

  ReplyCutter(int target) throws IOException {
    this.target = target;
    start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  void loseTheNextReply() {
    armed.set(true);
  }

  boolean hasLostIt() {
    return !armed.get();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
      start(() -> copy(client, server, false));
      start(() -> copy(server, client, true));
    }
  }

  private void copy(Socket from, Socket to, boolean replies) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (replies && armed.compareAndSet(true, false)) {
          return;
        }
        out.write(buffer, 0, n);
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // a socket was closed, as they are here
              }
            },
            "reply-cutter");
    thread.setDaemon(true);
    thread.start();
  }
}
