package dev.zdd.examples.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** A port that accepts, until its accept backlog is filled: then the kernel answers no SYN. */
final class Backlog implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 200;

  private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final ReentrantLock accepting = new ReentrantLock();
  private final List<Socket> waiting = new ArrayList<>();

  Backlog() throws IOException {
    Thread thread = new Thread(this::accept, "backlog");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      accepting.lock();
      try {
        listener.setSoTimeout(5);
        listener.accept().close();
      } catch (SocketTimeoutException nobody) {
        Thread.onSpinWait();
      } catch (IOException closed) {
        return;
      } finally {
        accepting.unlock();
      }
    }
  }

  /** Stops accepting and fills what is left of the queue; returns when the kernel drops SYNs. */
  void fill() throws IOException {
    accepting.lock();
    while (true) {
      Socket socket = new Socket();
      waiting.add(socket);
      try {
        socket.connect(new InetSocketAddress(listener.getInetAddress(), port()), PATIENCE_MILLIS);
      } catch (SocketTimeoutException full) {
        return;
      }
    }
  }

  /** Accepts again; by the thread that has filled it. */
  void drain() throws IOException {
    for (Socket socket : waiting) {
      socket.close();
    }
    waiting.clear();
    accepting.unlock();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
