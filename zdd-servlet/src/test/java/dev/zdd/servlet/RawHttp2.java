package dev.zdd.servlet;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** One HTTP/2 connection without TLS, with prior knowledge, and the frames on it (RFC 9113). */
final class RawHttp2 implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  private static final int ACK = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  /** A frame that came. */
  record Frame(int type, int flags, int stream, byte[] payload) {
    boolean endsStream() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }

    /** "GOAWAY(last stream, error)" of a frame of that kind. */
    String goAway() {
      ByteBuffer bytes = ByteBuffer.wrap(payload);
      return "GOAWAY(" + bytes.getInt() + ", " + bytes.getInt() + ")";
    }
  }

  RawHttp2(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(15_000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    send(SETTINGS, 0, 0, new byte[0]);
  }

  private void send(int type, int flags, int stream, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    out.write(frame.array());
    out.flush();
  }

  RawHttp2 get(int stream, String path) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    head.write(0x82); // :method GET
    head.write(0x86); // :scheme http
    literal(head, 0x04, path);
    literal(head, 0x01, "zdd"); // :authority
    send(HEADERS, END_HEADERS | END_STREAM, stream, head.toByteArray());
    return this;
  }

  /** A header of the static table with a value of its own, not indexed (RFC 7541 section 6.2.2). */
  private static void literal(ByteArrayOutputStream head, int name, String value) {
    head.write(name);
    head.write(value.length());
    head.writeBytes(value.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The next frame of a request, or the next GOAWAY. Settings and pings are answered. */
  Frame next() throws IOException {
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt() & 0x7fffffff;
      byte[] payload = new byte[length];
      in.readFully(payload);
      if ((type == SETTINGS || type == PING) && (flags & ACK) == 0) {
        send(type, ACK, 0, type == PING ? payload : new byte[0]);
      } else if (type == DATA || type == HEADERS || type == GOAWAY) {
        return new Frame(type, flags, stream, payload);
      }
    }
  }

  /** The body of the response on a stream; anything but its frames is an error. */
  String body(int stream) throws IOException {
    StringBuilder body = new StringBuilder();
    while (true) {
      Frame frame = next();
      if (frame.stream() != stream) {
        throw new IOException("expected a response on stream " + stream + ", got " + frame);
      }
      if (frame.type() == DATA) {
        body.append(new String(frame.payload(), StandardCharsets.ISO_8859_1));
      }
      if (frame.endsStream()) {
        return body.toString();
      }
    }
  }

  /** Whether the connection ends here, by an end of stream; a reset is an IOException. */
  boolean isAtEnd() throws IOException {
    try {
      next();
      return false;
    } catch (EOFException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
