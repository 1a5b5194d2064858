package dev.zdd.httpserver;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * How many connections to a port the kernel has, read from Linux's {@code /proc/net/tcp}: what the
 * server itself does not tell. On another system nobody knows.
 */
final class TcpTable {
  // tcp6 has the IPv4 connections of a dual-stack listener, which Java's listeners are.
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));

  // Fields of a line, see proc(5).
  private static final int LOCAL = 1;
  private static final int REMOTE = 2;
  private static final int STATE = 3;
  private static final String ESTABLISHED = "01";
  private static final String CLOSE_WAIT = "08";

  private TcpTable() {}

  /**
   * Connections whose server side is {@code listener}'s port and has not been closed by the server.
   * Those of another address with the same port are counted, too.
   *
   * @param butFrom the port of a client that is not counted
   * @return empty if it cannot be known
   */
  static OptionalInt connectionsTo(InetSocketAddress listener, int butFrom) {
    int count = 0;
    try {
      for (Path table : TABLES) {
        if (Files.exists(table)) {
          count += count(table, listener.getPort(), butFrom);
        } else if (table.equals(TABLES.get(0))) {
          return OptionalInt.empty();
        }
      }
    } catch (IOException | RuntimeException e) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(count);
  }

  private static int count(Path table, int port, int butFrom) throws IOException {
    int count = 0;
    try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.US_ASCII)) {
      lines.readLine(); // names of the columns
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] fields = line.strip().split("\\s+", STATE + 2);
        boolean open = fields[STATE].equals(ESTABLISHED) || fields[STATE].equals(CLOSE_WAIT);
        if (open && port(fields[LOCAL]) == port && port(fields[REMOTE]) != butFrom) {
          count++;
        }
      }
    }
    return count;
  }

  private static int port(String addressAndPort) {
    return Integer.parseInt(addressAndPort.substring(addressAndPort.lastIndexOf(':') + 1), 16);
  }
}
