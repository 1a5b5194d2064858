package dev.zdd.shutdown;

import dev.zdd.core.foreign.CFunction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ways to the socket that {@code NOTIFY_SOCKET} names: from this process through the foreign
 * function API, where the JDK has it and allows it, else by the program systemd-notify.
 */
final class SystemdSocket {
  private static final Logger log = LoggerFactory.getLogger(SystemdNotify.class);

  private SystemdSocket() {}

  /** Null without systemd. */
  static SystemdNotify.@Nullable Sender of(Map<String, String> environment) {
    String socket = environment.get("NOTIFY_SOCKET");
    if (socket == null || socket.isEmpty()) {
      return null;
    }
    try {
      if (CFunction.isAllowed()) {
        return new Native(socket);
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      log.debug("no foreign function API for {}", socket, e);
    }
    return new Program("systemd-notify", socket);
  }

  /** {@code systemd-notify}, a process for each message. */
  record Program(String program, String socket) implements SystemdNotify.Sender {
    private static final Duration BOUND = Duration.ofSeconds(6); // its own wait is 5 s

    @Override
    public void send(String message) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(program);
      command.addAll(List.of(message.split("\n")));
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD);
      builder.environment().put("NOTIFY_SOCKET", socket);
      Process process = builder.start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(BOUND.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IOException(program + " has not ended within " + Seconds.of(BOUND));
        }
        if (process.exitValue() != 0) {
          throw new IOException(program + " ended with " + process.exitValue());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(program + " was not waited for", e);
      } finally {
        process.destroyForcibly();
      }
    }
  }

  /** socket(2), sendto(2), close(2). */
  static final class Native implements SystemdNotify.Sender {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int LONGEST_PATH = 107; // sun_path, 108 with the 0 at its end

    private final String socketPath;
    private final ByteBuffer address;
    private final CFunction socket;
    private final CFunction sendto;
    private final CFunction close;

    Native(String path) throws ReflectiveOperationException {
      this.socketPath = path;
      this.address = address(path);
      this.socket = CFunction.of("socket", "JAVA_INT", "JAVA_INT", "JAVA_INT", "JAVA_INT");
      this.sendto =
          CFunction.of(
              "sendto",
              "JAVA_LONG",
              "JAVA_INT",
              "ADDRESS",
              "JAVA_LONG",
              "JAVA_INT",
              "ADDRESS",
              "JAVA_INT");
      this.close = CFunction.of("close", "JAVA_INT", "JAVA_INT");
    }

    @Override
    public void send(String message) throws IOException {
      byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
      ByteBuffer payload = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
      try {
        int descriptor = (int) socket.call(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
          throw new IOException("socket(AF_UNIX, SOCK_DGRAM) failed");
        }
        try {
          long sent =
              (long)
                  sendto.call(
                      descriptor,
                      CFunction.segment(payload),
                      (long) bytes.length,
                      MSG_NOSIGNAL | MSG_DONTWAIT,
                      CFunction.segment(address),
                      address.limit());
          if (sent != bytes.length) {
            throw new IOException("sendto " + socketPath + " failed");
          }
        } finally {
          close.call(descriptor);
        }
      } catch (ReflectiveOperationException e) {
        throw new IOException(e);
      }
    }

    /** sockaddr_un: the family, then the path; '@' stands for the 0 of an abstract name. */
    static ByteBuffer address(String path) {
      byte[] name = path.getBytes(StandardCharsets.UTF_8);
      boolean isAbstract = path.startsWith("@");
      if (name.length > LONGEST_PATH || !(isAbstract || path.startsWith("/"))) {
        throw new IllegalArgumentException(
            "NOTIFY_SOCKET: expected a path or @name of at most " + LONGEST_PATH + " bytes");
      }
      if (isAbstract) {
        name[0] = 0;
      }
      // An abstract name ends where the address ends, a path with a 0.
      return ByteBuffer.allocateDirect(2 + name.length + (isAbstract ? 0 : 1))
          .order(ByteOrder.nativeOrder())
          .putShort((short) AF_UNIX)
          .put(name)
          .rewind();
    }
  }
}
