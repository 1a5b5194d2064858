package dev.zdd.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A raw socket that reads one request per connection and then does what it was told to. */
public final class MisbehavingServer implements AutoCloseable {
  /** What to do with a connection whose request has been read. */
  public interface Behaviour {
    void on(String request, Socket socket, OutputStream out) throws IOException;
  }

  public final AtomicInteger requests = new AtomicInteger();
  private final ServerSocket listener;
  private final Behaviour behaviour;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> open = Collections.synchronizedSet(new HashSet<>());

  public MisbehavingServer(Behaviour behaviour) throws IOException {
    this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    this.behaviour = behaviour;
    threads.execute(this::accept);
  }

  /** Answers with these bytes, then closes. */
  public static MisbehavingServer answering(String response) throws IOException {
    return new MisbehavingServer((request, socket, out) -> {
      out.write(response.getBytes(StandardCharsets.ISO_8859_1));
      socket.close();
    });
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        open.add(socket);
        threads.execute(() -> serve(socket));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket socket) {
    try {
      String request = readRequest(socket.getInputStream());
      if (!request.isEmpty()) {
        requests.incrementAndGet();
        behaviour.on(request, socket, socket.getOutputStream());
      }
    } catch (IOException gone) {
      // The client has given up; what it counted is what matters.
    }
  }

  /** The request's head; empty if none came. */
  private static String readRequest(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return "";
      }
      head.append((char) c);
    }
    int at = head.indexOf("Content-Length: ");
    if (at >= 0) {
      int end = head.indexOf("\r\n", at);
      in.readNBytes(Integer.parseInt(head.substring(at + "Content-Length: ".length(), end)));
    }
    return head.toString();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
    threads.shutdownNow();
  }
}
