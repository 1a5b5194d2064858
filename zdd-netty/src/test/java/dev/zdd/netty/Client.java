package dev.zdd.netty;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client that knows every byte: it writes what it is told, and reads one response at a time. */
final class Client implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  final Socket socket = new Socket();

  /** One response: its head as it came, lines ended by "\r\n", and its body. */
  record Answer(String head, String body) {
    int status() {
      return Integer.parseInt(head.substring(9, 12));
    }

    boolean saysClose() {
      return head.toLowerCase(Locale.ROOT).contains("\r\nconnection: close\r\n");
    }
  }

  Client(int port) throws IOException {
    this(port, 0);
  }

  /** A client with a small receive buffer, so that what it does not read stays with the server. */
  Client(int port, int receiveBuffer) throws IOException {
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
  }

  Client send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  Client get(String target) throws IOException {
    return send("GET " + target + " HTTP/1.1\r\nHost: shop\r\n\r\n");
  }

  /** The next response, with its body if it has one by its own account. */
  Answer answer() throws IOException {
    return answer(true);
  }

  Answer answer(boolean hasBody) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int next = in().read();
      if (next < 0) {
        throw new IOException("end of stream in the head: \"" + head + "\"");
      }
      head.append((char) next);
    }
    String lower = head.toString().toLowerCase(Locale.ROOT);
    int length = lower.indexOf("\r\ncontent-length: ");
    if (!hasBody || length < 0) {
      return new Answer(head.toString(), "");
    }
    int from = length + "\r\ncontent-length: ".length();
    int bytes = Integer.parseInt(lower.substring(from, lower.indexOf('\r', from)));
    byte[] body = in().readNBytes(bytes);
    if (body.length < bytes) {
      throw new IOException("end of stream after " + body.length + " of " + bytes + " bytes");
    }
    return new Answer(head.toString(), new String(body, StandardCharsets.UTF_8));
  }

  /** The next line, without its end. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in().read(); next != '\n'; next = in().read()) {
      if (next < 0) {
        throw new IOException("end of stream in the line: \"" + line + "\"");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  /** Everything up to the end of the stream; a reset throws. */
  String rest() throws IOException {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    in().transferTo(rest);
    return rest.toString(StandardCharsets.UTF_8);
  }

  /** Closes in the middle of the test. */
  void leave() throws IOException {
    socket.close();
  }

  /** Closes with a reset. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private InputStream in() throws IOException {
    return socket.getInputStream();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
