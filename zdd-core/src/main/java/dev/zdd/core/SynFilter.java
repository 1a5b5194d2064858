package dev.zdd.core;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket filter on a listener that drops every SYN: it takes no new connection, and finishes the
 * handshakes that have begun. Linux; JDK 22 and later ({@code java.lang.foreign}, by reflection, as
 * zdd is compiled for 17); and only if the JVM has been told that it may call native code, for else
 * it would print a warning.
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

  private SynFilter() {}

  /** Whether there is one now on the listener that this process has bound to {@code address}. */
  static boolean attach(InetSocketAddress address) {
    if (!isAllowed()) {
      return false;
    }
    try {
      OptionalInt descriptor = ListenerDescriptor.of(address);
      if (descriptor.isEmpty()) {
        log.debug("no listener of this process is bound to {}", address);
        return false;
      }
      return attach(descriptor.getAsInt());
    } catch (Throwable e) {
      // Whatever it is, a MethodHandle's Throwable or a filter that is forbidden: without it the
      // listener closes as it did before there was one.
      log.debug("no socket filter on {}", address, e);
      return false;
    }
  }

  private static boolean attach(int descriptor) throws Throwable {
    ByteBuffer instructions = direct(INSTRUCTIONS * INSTRUCTION_BYTES);
    instruction(instructions, LOAD_BYTE, 0, 0, FLAGS);
    instruction(instructions, JUMP_IF_SET, 0, 1, SYN);
    instruction(instructions, RETURN, 0, 0, 0); // dropped
    instruction(instructions, RETURN, 0, 0, -1); // kept, to its last byte
    instructions.flip();
    Foreign foreign = new Foreign();
    ByteBuffer program = direct(PROGRAM_BYTES);
    program.putShort(0, (short) INSTRUCTIONS);
    program.putLong(POINTER_AT, foreign.address(instructions));
    int result =
        (int)
            foreign
                .setsockopt()
                .invokeWithArguments(
                    descriptor,
                    SOL_SOCKET,
                    SO_ATTACH_FILTER,
                    foreign.segment(program),
                    PROGRAM_BYTES);
    log.debug("setsockopt(SO_ATTACH_FILTER) returned {}", result);
    return result == 0;
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  private static void instruction(ByteBuffer to, int code, int ifTrue, int ifFalse, int k) {
    to.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(k);
  }

  private static boolean isAllowed() {
    if (Runtime.version().feature() < 22 || !System.getProperty("os.name").equals("Linux")) {
      return false;
    }
    try {
      Method enabled = Module.class.getMethod("isNativeAccessEnabled");
      return (boolean) enabled.invoke(SynFilter.class.getModule());
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }

  /** {@code java.lang.foreign}, as far as it is needed here. */
  private static final class Foreign {
    private final Class<?> layout = type("MemoryLayout");
    private final Class<?> segment = type("MemorySegment");
    private final Class<?> descriptor = type("FunctionDescriptor");
    private final Class<?> linker = type("Linker");
    private final Class<?> option = type("Linker$Option");

    Foreign() throws ClassNotFoundException {}

    private static Class<?> type(String name) throws ClassNotFoundException {
      return Class.forName("java.lang.foreign." + name);
    }

    Object segment(ByteBuffer buffer) throws ReflectiveOperationException {
      return segment.getMethod("ofBuffer", java.nio.Buffer.class).invoke(null, buffer);
    }

    long address(ByteBuffer buffer) throws ReflectiveOperationException {
      return (long) segment.getMethod("address").invoke(segment(buffer));
    }

    /** {@code int setsockopt(int, int, int, const void *, socklen_t)}. */
    MethodHandle setsockopt() throws ReflectiveOperationException, IOException {
      Object native_ = linker.getMethod("nativeLinker").invoke(null);
      Object lookup = linker.getMethod("defaultLookup").invoke(native_);
      Optional<?> function =
          (Optional<?>)
              type("SymbolLookup").getMethod("find", String.class).invoke(lookup, "setsockopt");
      if (function.isEmpty()) {
        throw new IOException("the C library has no setsockopt");
      }
      Object integer = value("JAVA_INT");
      Object arguments = Array.newInstance(layout, 5);
      for (int i = 0; i < 5; i++) {
        Array.set(arguments, i, i == 3 ? value("ADDRESS") : integer);
      }
      Object signature =
          descriptor.getMethod("of", layout, arguments.getClass()).invoke(null, integer, arguments);
      return (MethodHandle)
          linker
              .getMethod(
                  "downcallHandle", segment, descriptor, Array.newInstance(option, 0).getClass())
              .invoke(native_, function.get(), signature, Array.newInstance(option, 0));
    }

    private static @Nullable Object value(String name) throws ReflectiveOperationException {
      return type("ValueLayout").getField(name).get(null);
    }
  }
}
