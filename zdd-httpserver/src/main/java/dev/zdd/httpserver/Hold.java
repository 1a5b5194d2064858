package dev.zdd.httpserver;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A request of our own to the server, which stays unanswered. {@link HttpServer#stop} is the only
 * way to close the listener, and it closes every connection as soon as no exchange is open: at once
 * if there is none (JDK 25), at the end of the last one (JDK 17). A client that sends a request on
 * a kept-alive connection at that moment loses it. While this exchange is open the server goes on
 * serving the connections that it has.
 *
 * <p>The context that answers it exists from {@link #take} on, under a name that nobody can guess.
 */
final class Hold {
  private static final Duration CONNECT = Duration.ofMillis(500);

  private final HttpServer server;
  private final String path = "/.zdd-hold-" + UUID.randomUUID();
  private final CountDownLatch taken = new CountDownLatch(1);
  private volatile @Nullable Socket client;

  // Held for its life: nothing else refers to it once its handler has returned.
  private volatile @Nullable HttpExchange held;

  Hold(HttpServer server) {
    this.server = server;
  }

  /** Sends the request. Does not wait until the server has begun it. */
  void take() throws IOException {
    server.createContext(
        path,
        exchange -> {
          held = exchange;
          taken.countDown();
        });
    server.createContext(
        path + "-passed",
        exchange -> {
          exchange.getResponseHeaders().set("Connection", "close");
          exchange.sendResponseHeaders(204, -1);
        });
    client = send(path, Duration.ZERO);
  }

  /** Whether the server has begun it, waiting for that up to {@code timeout}. */
  boolean isTaken(Duration timeout) throws InterruptedException {
    return taken.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Waits until the server has answered a connection that is made now. The accept queue is first
   * in, first out, so whatever was in it before has been accepted then.
   *
   * @throws IOException if it has not within {@code timeout}
   */
  void passThrough(Duration timeout) throws IOException {
    try (Socket fence = send(path + "-passed", timeout)) {
      if (fence.getInputStream().read() < 0) {
        throw new IOException("closed without an answer");
      }
    }
  }

  /** Connects and is gone. False if the listener refuses. */
  boolean connects() {
    try (Socket probe = connect()) {
      return probe.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** The port that the request comes from; -1 if it was not sent. */
  int port() {
    Socket open = client;
    return open == null ? -1 : open.getLocalPort();
  }

  /** Closes our end. The exchange is the server's to close. */
  void release() throws IOException {
    Socket open = client;
    if (open != null) {
      open.close();
    }
  }

  private Socket connect() throws IOException {
    InetSocketAddress bound = server.getAddress();
    InetAddress address =
        bound.getAddress().isAnyLocalAddress()
            ? InetAddress.getLoopbackAddress()
            : bound.getAddress();
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(address, bound.getPort()), (int) CONNECT.toMillis());
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private Socket send(String target, Duration readTimeout) throws IOException {
    Socket socket = connect();
    try {
      socket.setSoTimeout((int) readTimeout.toMillis());
      if (server instanceof HttpsServer) {
        socket = overTls(socket);
      }
      String request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static Socket overTls(Socket socket) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Ourselves()}, null);
      SSLSocket tls =
          (SSLSocket)
              context.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
      tls.startHandshake();
      return tls;
    } catch (GeneralSecurityException e) {
      throw new IOException("no TLS to our own listener", e);
    }
  }

  /**
   * Any certificate will do: we speak to the listener of this very server, send it nothing but a
   * path, and believe nothing that it answers.
   */
  private static final class Ourselves extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
