package dev.zdd.core;

import dev.zdd.core.foreign.CFunction;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket filter on a listener that drops every SYN: it takes no new connection, and finishes the
 * handshakes that have begun.
 */
final class SynFilter {
  private static final Logger log = LoggerFactory.getLogger(SynFilter.class);

  // asm-generic/socket.h, which all architectures of the JDK but SPARC and PA-RISC follow.
  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_FILTER = 26;

  // linux/filter.h: a filter of a TCP socket sees the packet from the TCP header on (RFC 9293,
  // 3.1).
  private static final int LOAD_BYTE = 0x30;
  private static final int JUMP_IF_SET = 0x45;
  private static final int RETURN = 0x06;
  private static final int FLAGS = 13;
  private static final int SYN = 0x02;

  // struct sock_filter: u16 code, u8 jump if true, u8 jump if false, u32 k.
  private static final int INSTRUCTION_BYTES = 8;
  private static final int INSTRUCTIONS = 4;

  // struct sock_fprog: u16 length, padding, a pointer.
  private static final int PROGRAM_BYTES = 16;
  private static final int POINTER_AT = 8;

  private static final int NOBODY = -1; // a descriptor that is none: EBADF

  private final ListenerDescriptor listener;
  private final CFunction setsockopt;
  private final ByteBuffer program;

  // Only a pointer in the program leads to them.
  private final ByteBuffer instructions;

  private SynFilter(ListenerDescriptor listener) throws IOException, ReflectiveOperationException {
    this.listener = listener;
    instructions = direct(INSTRUCTIONS * INSTRUCTION_BYTES);
    instruction(instructions, LOAD_BYTE, 0, 0, FLAGS);
    instruction(instructions, JUMP_IF_SET, 0, 1, SYN);
    instruction(instructions, RETURN, 0, 0, 0); // dropped
    instruction(instructions, RETURN, 0, 0, -1); // kept, to its last byte
    instructions.flip();
    program = direct(PROGRAM_BYTES);
    program.putShort(0, (short) INSTRUCTIONS);
    program.putLong(POINTER_AT, CFunction.address(instructions));
    setsockopt =
        CFunction.of(
            "setsockopt", "JAVA_INT", "JAVA_INT", "JAVA_INT", "JAVA_INT", "ADDRESS", "JAVA_INT");
    attachTo(NOBODY); // the first call loads classes
  }

  /**
   * A filter for the listener that this process has bound to {@code address}; null if it cannot be
   * had. Takes long: hundreds of milliseconds on a busy machine, more with many connections.
   */
  static @Nullable SynFilter of(InetSocketAddress address) {
    if (!CFunction.isAllowed()) {
      return null;
    }
    try {
      Optional<ListenerDescriptor> listener = ListenerDescriptor.of(address);
      if (listener.isEmpty()) {
        log.debug("no listener of this process alone is bound to {}", address);
        return null;
      }
      return new SynFilter(listener.get());
    } catch (IOException | ReflectiveOperationException | RuntimeException | LinkageError e) {
      // Whatever it is: without the filter the listener closes as it did before there was one.
      log.debug("no socket filter for {}", address, e);
      return null;
    }
  }

  /** Whether the listener has it now. Takes microseconds. */
  boolean attach() {
    try {
      return listener.isStillThat() && attachTo(listener.number()) == 0;
    } catch (IOException | ReflectiveOperationException | RuntimeException | LinkageError e) {
      log.debug("no socket filter on {}", listener, e);
      return false;
    }
  }

  private int attachTo(int descriptor) throws IOException, ReflectiveOperationException {
    try {
      return (int)
          setsockopt.call(
              descriptor, SOL_SOCKET, SO_ATTACH_FILTER, CFunction.segment(program), PROGRAM_BYTES);
    } finally {
      Reference.reachabilityFence(instructions);
    }
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  private static void instruction(ByteBuffer to, int code, int ifTrue, int ifFalse, int k) {
    to.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(k);
  }
}
