package dev.zdd.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * An HTTP/2 client that knows every frame: it sends what it is told, and answers nothing by itself,
 * no ping and no settings. What it reads is told in words: "HEADERS 1 200", "DATA 1 /slow end".
 */
final class Http2Client implements AutoCloseable {
  static final int MAX = Integer.MAX_VALUE;
  private static final int TIMEOUT_MILLIS = 20_000;

  final Socket socket;
  private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
  private final Queue<String> readAhead = new ArrayDeque<>();
  private long lastPing;

  /** Connects and sends the preface. */
  Http2Client(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  Http2Client(Socket connected) throws IOException {
    socket = connected;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket
        .getOutputStream()
        .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    // Windows as wide as they can be, so that only a client that does not read holds the server up.
    send(4, 0, 0, ByteBuffer.allocate(6).putShort((short) 4).putInt(MAX).array());
    send(8, 0, 0, ByteBuffer.allocate(4).putInt(MAX - 65_535).array());
  }

  Http2Client get(int stream, String path) throws IOException, Http2Exception {
    return head(stream, "GET", path, true);
  }

  Http2Client head(int stream, String method, String path, boolean end)
      throws IOException, Http2Exception {
    return headers(
        stream,
        new DefaultHttp2Headers().method(method).path(path).scheme("http").authority("shop"),
        end);
  }

  Http2Client trailers(int stream) throws IOException, Http2Exception {
    return headers(stream, new DefaultHttp2Headers().add("checksum", "1"), true);
  }

  private Http2Client headers(int stream, Http2Headers headers, boolean end)
      throws IOException, Http2Exception {
    ByteBuf block = Unpooled.buffer();
    encoder.encodeHeaders(stream, headers, block);
    return send(1, end ? 5 : 4, stream, ByteBufUtil.getBytes(block));
  }

  Http2Client data(int stream, String text, boolean end) throws IOException {
    return send(0, end ? 1 : 0, stream, text.getBytes(StandardCharsets.UTF_8));
  }

  Http2Client reset(int stream) throws IOException {
    return send(3, 0, stream, ByteBuffer.allocate(4).putInt(8).array());
  }

  /** Answers the ping that was read last. */
  Http2Client pong() throws IOException {
    return send(6, 1, 0, ByteBuffer.allocate(8).putLong(lastPing).array());
  }

  private Http2Client send(int type, int flags, int stream, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.putShort((short) (payload.length >> 8)).put((byte) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    socket.getOutputStream().write(frame.array());
    return this;
  }

  /** The next frame that is not about settings or windows; "EOF" at an orderly end. */
  String next() throws IOException, Http2Exception {
    String waiting = readAhead.poll();
    String frame = waiting == null ? read() : waiting;
    while (frame.startsWith("SETTINGS") || frame.startsWith("WINDOW_UPDATE")) {
      frame = read();
    }
    return frame;
  }

  /** Reads on until the server's settings have come: then the connection is the server's too. */
  Http2Client settled() throws IOException, Http2Exception {
    String frame = read();
    while (!frame.equals("SETTINGS 0")) {
      readAhead.add(frame);
      frame = read();
    }
    return this;
  }

  private String read() throws IOException, Http2Exception {
    var in = new DataInputStream(socket.getInputStream());
    int first = in.read();
    if (first < 0) {
      return "EOF";
    }
    int length = first << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException("in a frame of type " + type);
    }
    ByteBuffer body = ByteBuffer.wrap(payload);
    String end = (flags & 1) == 1 ? " end" : "";
    return switch (type) {
      case 0 -> "DATA " + stream + " " + text(payload) + end;
      case 1 ->
          "HEADERS "
              + stream
              + " "
              + decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload)).status()
              + end;
      case 3 -> "RST_STREAM " + stream + " " + body.getInt();
      case 4 -> "SETTINGS" + (flags == 0 ? " 0" : " ack");
      case 6 -> {
        lastPing = body.getLong();
        yield "PING" + ((flags & 1) == 1 ? " ack" : "");
      }
      case 7 -> "GOAWAY " + body.getInt() + " " + body.getInt();
      case 8 -> "WINDOW_UPDATE";
      default -> "frame " + type;
    };
  }

  private static String text(byte[] payload) {
    return payload.length > 100
        ? payload.length + " bytes"
        : new String(payload, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
