package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketFramesTest {
  private static final int TEXT = 1;
  private static final int CLOSE = 8;

  private final WebSocketFrames frames = new WebSocketFrames();

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 125, 126, 65_535, 65_536})
  void findsTheCloseBehindAMessageOfAnyLengthByteByByte(int length) {
    byte[] looksLikeClose = new byte[length];
    Arrays.fill(looksLikeClose, (byte) (0x80 | CLOSE));
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    sent.writeBytes(frame(TEXT, looksLikeClose));
    sent.writeBytes(frame(CLOSE, new byte[] {3, (byte) 0xe9}));

    byte[] bytes = sent.toByteArray();
    for (int i = 0; i < bytes.length; i++) {
      assertThat(frames.closed(ByteBuffer.wrap(bytes, i, 1))).isEqualTo(i == bytes.length - 1);
    }
  }

  @Test
  void findsItInOneReadWithWhatComesBeforeAndAfter() {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    sent.writeBytes(frame(TEXT, new byte[200]));
    sent.writeBytes(frame(CLOSE, new byte[0]));
    sent.writeBytes(frame(TEXT, new byte[3]));
    assertThat(frames.closed(ByteBuffer.wrap(sent.toByteArray()))).isTrue();
    assertThat(frames.closed(ByteBuffer.allocate(0))).isTrue();
  }

  /** As a client sends it: masked. */
  private static byte[] frame(int opcode, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    frame.put((byte) (0x80 | opcode));
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else if (payload.length < 1 << 16) {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (0x80 | 127)).putLong(payload.length);
    }
    frame.putInt(0).put(payload);
    return Arrays.copyOf(frame.array(), frame.position());
  }
}
