package dev.zdd.shutdown;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A server behind a balancer: one request on a connection, answered with its name. */
final class HttpBackend implements AutoCloseable {
  final AtomicInteger served = new AtomicInteger();
  private final String name;
  private final ServerSocket listener;

  HttpBackend(String name) throws IOException {
    this.name = name;
    this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::serve);
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listener.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  private void serve() {
    while (!listener.isClosed()) {
      try (Socket socket = listener.accept()) {
        socket.setSoTimeout(5_000);
        if (hasHead(socket.getInputStream())) {
          served.incrementAndGet();
          String head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ";
          socket
              .getOutputStream()
              .write((head + name.length() + "\r\n\r\n" + name).getBytes(US_ASCII));
        }
      } catch (IOException e) {
        // The next one.
      }
    }
  }

  private static boolean hasHead(InputStream in) throws IOException {
    int newlines = 0;
    for (int c = in.read(); c >= 0; c = in.read()) {
      newlines = c == '\n' ? newlines + 1 : c == '\r' ? newlines : 0;
      if (newlines == 2) {
        return true;
      }
    }
    return false;
  }
}
