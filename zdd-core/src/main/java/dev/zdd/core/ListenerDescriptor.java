package dev.zdd.core;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The file descriptor of a listening TCP socket of this process, which Java does not tell, found by
 * what Linux shows: the sockets that listen on the address ({@code /proc/self/net/tcp}, proc(5)),
 * and among the descriptors ({@code /proc/self/fd}) the one that leads to one of them.
 *
 * @param socket what the descriptor leads to
 */
record ListenerDescriptor(int number, String socket) {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/self/net/tcp6"), Path.of("/proc/self/net/tcp"));
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  // Fields of a line.
  private static final int LOCAL = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;
  private static final String LISTEN = "0A";

  private static final int FIRST_PASSED = 3; // SD_LISTEN_FDS_START

  /**
   * Empty if there is none that is ours alone: an inherited listener belongs to others, too. Java's
   * inherited channel is a second descriptor beside standard input; systemd's are the first after
   * standard error, as many as LISTEN_FDS says (sd_listen_fds(3)). Of two listeners on one port
   * (SO_REUSEPORT) nobody knows which is meant.
   */
  static Optional<ListenerDescriptor> of(InetSocketAddress address) throws IOException {
    Set<String> sockets = new HashSet<>();
    for (Path table : TABLES) {
      if (Files.exists(table)) {
        addListeners(table, address, sockets);
      }
    }
    ListenerDescriptor found = null;
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        String target = target(descriptor);
        if (sockets.contains(target)) {
          if (found != null) {
            return Optional.empty();
          }
          int number = Integer.parseInt(descriptor.getFileName().toString());
          found = new ListenerDescriptor(number, target);
        }
      }
    }
    return Optional.ofNullable(found).filter(one -> one.number >= FIRST_PASSED + passed());
  }

  /** Whether it has not been closed and given to another meanwhile. */
  boolean isStillThat() {
    return target(DESCRIPTORS.resolve(Integer.toString(number))).equals(socket);
  }

  private static int passed() {
    try {
      return Integer.parseInt(System.getenv().getOrDefault("LISTEN_FDS", "0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  private static void addListeners(Path table, InetSocketAddress address, Set<String> sockets)
      throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.US_ASCII)) {
      lines.readLine(); // names of the columns
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] fields = line.strip().split("\\s+", INODE + 2);
        if (fields[STATE].equals(LISTEN) && isBoundTo(fields[LOCAL], address)) {
          sockets.add("socket:[" + fields[INODE] + "]");
        }
      }
    }
  }

  /** Compares with the kernel's way of writing: each 32-bit word of the address in host order. */
  private static boolean isBoundTo(String local, InetSocketAddress address) throws IOException {
    int colon = local.indexOf(':');
    if (Integer.parseInt(local.substring(colon + 1), 16) != address.getPort()) {
      return false;
    }
    ByteBuffer bytes = ByteBuffer.allocate(colon / 2).order(ByteOrder.nativeOrder());
    for (int i = 0; i < colon; i += 8) {
      bytes.putInt(Integer.parseUnsignedInt(local.substring(i, i + 8), 16));
    }
    // An IPv4 address that a dual-stack socket is bound to (::ffff:a.b.c.d) comes out as IPv4.
    InetAddress bound = InetAddress.getByAddress(bytes.array());
    return bound.isAnyLocalAddress()
        ? address.getAddress().isAnyLocalAddress()
        : bound.equals(address.getAddress());
  }
}
