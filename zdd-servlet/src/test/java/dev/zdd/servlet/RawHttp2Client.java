package dev.zdd.servlet;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** One HTTP/2 connection and the frames on it, in the order in which they come. */
final class RawHttp2Client implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int ACK = 1;
  static final int END_STREAM = 1;

  final Socket socket;
  private final DataInputStream in;
  private boolean settingsRead;

  RawHttp2Client(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  RawHttp2Client(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(20_000);
    in = new DataInputStream(socket.getInputStream());
    socket
        .getOutputStream()
        .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    send(SETTINGS, 0, 0, new byte[0]);
  }

  record Frame(int type, int flags, int stream, byte[] payload) {
    boolean isAck() {
      return (flags & ACK) != 0;
    }

    int lastStream() {
      return ByteBuffer.wrap(payload).getInt(0);
    }

    int error() {
      return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
    }

    String text() {
      return new String(payload, StandardCharsets.ISO_8859_1);
    }
  }

  void send(int type, int flags, int stream, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    socket.getOutputStream().write(frame.array());
    socket.getOutputStream().flush();
  }

  /** GET, with each field as a literal that needs no table (RFC 7541 section 6.2.2). */
  RawHttp2Client get(int stream, String path) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    literal(block, ":method", "GET");
    literal(block, ":scheme", "http");
    literal(block, ":authority", "zdd");
    literal(block, ":path", path);
    send(HEADERS, 4 | END_STREAM, stream, block.toByteArray());
    return this;
  }

  private static void literal(ByteArrayOutputStream block, String name, String value)
      throws IOException {
    block.write(0);
    for (String one : new String[] {name, value}) {
      block.write(one.length());
      block.write(one.getBytes(StandardCharsets.US_ASCII));
    }
  }

  void ack(Frame ping) throws IOException {
    send(PING, ACK, 0, ping.payload());
  }

  /** The next frame; the server's first must be its SETTINGS (RFC 9113 section 3.4). */
  Frame next() throws IOException {
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      Frame frame =
          new Frame(
              in.readUnsignedByte(), in.readUnsignedByte(), in.readInt(), in.readNBytes(length));
      if (!settingsRead) {
        if (frame.type() != SETTINGS) {
          throw new IOException("the first frame is " + frame);
        }
        settingsRead = true;
        send(SETTINGS, ACK, 0, new byte[0]);
      } else if (frame.type() != SETTINGS && frame.type() != WINDOW_UPDATE) {
        return frame;
      }
    }
  }

  Frame next(int type) throws IOException {
    Frame frame = next();
    if (frame.type() != type) {
      throw new IOException("expected a frame of type " + type + ", got " + frame);
    }
    return frame;
  }

  /** The body of the answer on one stream, and nothing else in between. */
  String answer(int stream) throws IOException {
    Frame headers = next(HEADERS);
    // Field 8 of HPACK's static table, behind a table size update on the first response.
    if (headers.stream() != stream || headers.text().indexOf(0x88) < 0) {
      throw new IOException("not :status 200 on " + stream + ": " + headers);
    }
    StringBuilder body = new StringBuilder();
    Frame data;
    do {
      data = next(DATA);
      body.append(data.text());
    } while ((data.flags() & END_STREAM) == 0);
    return body.toString();
  }

  boolean isAtEnd() throws IOException {
    try {
      throw new IOException("expected the end, got " + next());
    } catch (EOFException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
